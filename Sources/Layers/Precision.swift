package import TensorCore

/// What a pass multiplies in. Parameters, their gradients, statistics and losses are single precision
/// always.
package enum Precision: String, Sendable, CaseIterable {
  /// Single precision throughout.
  case float32
  /// Convolutions and what follows them in bfloat16: half the memory, twice the products a second on
  /// processors that have them. Its range is single precision's, so losses need no scaling.
  case bfloat16

  /// The element type of activations.
  package var elementType: ElementType {
    switch self {
    case .float32: .float32
    case .bfloat16: .bfloat16
    }
  }

  /// What to compute in when this is wished for, and why when it is something else: a processor without
  /// products in bfloat16 computes in single precision.
  package var available: (precision: Precision, notice: String?) {
    guard self == .bfloat16, !OneDNN.supportsBFloat16 else { return (self, nil) }
    return (
      .float32,
      "this processor has no products in bfloat16 (AVX-512 BF16): computing in single precision"
    )
  }
}
