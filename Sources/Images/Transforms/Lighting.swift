import TensorCore

/// A change of brightness and contrast in the space of logits, where no pixel leaves 0 ... 1:
/// `sigmoid(contrast * (logit(x) + brightness))` of each sample.
package struct Lighting: Equatable, Sendable {
  /// Added to the logit: 0 for no change.
  package var brightness: Float = 0
  /// What the sum is multiplied by: 1 for no change.
  package var contrast: Float = 1

  package init() {}

  /// Whether nothing changes.
  package var isIdentity: Bool { brightness == 0 && contrast == 1 }

  /// Eight samples, changed.
  @inline(__always)
  func callAsFunction(_ samples: SIMD8<Float>) -> SIMD8<Float> {
    (contrast * (samples.logit + brightness)).logistic
  }
}
