import TensorCore

/// A change of brightness and contrast in logit space, so that samples stay within 0 ... 1:
/// `sigmoid(contrast * (logit(x) + brightness))` of each sample.
package struct Lighting: Equatable, Sendable {
  /// Added to the logit: 0 for no change.
  package var brightness: Float = 0
  /// The factor of the sum: 1 for no change.
  package var contrast: Float = 1

  package init() {}

  /// Whether it changes nothing.
  package var isIdentity: Bool { brightness == 0 && contrast == 1 }

  /// Returns eight samples with the change applied.
  @inline(__always)
  func callAsFunction(_ samples: SIMD8<Float>) -> SIMD8<Float> {
    (contrast * (samples.logit + brightness)).logistic
  }
}
