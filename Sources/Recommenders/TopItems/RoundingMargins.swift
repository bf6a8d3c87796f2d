/// How far sums in single precision may stray, for the bounds of ``ItemScreen``.
///
/// A sum of n products, in whatever order and fused or not, strays from the exact one by at most
/// gamma_n times the sum of the products' absolute values, gamma_n = n u / (1 - n u), u = 2^-24
/// (Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 3.1); that sum is at
/// most the product of the two lengths. The few operations on biases, scales and bounds themselves
/// are covered by 32 u of their operands, and everything is taken a hundredth larger, which covers
/// second orders.
struct RoundingMargins {
  /// Lengths and biases beyond this are not screened: their products could overflow.
  static let largest: Float = 1e15

  private let gamma: Double

  init(factorCount: Int) {
    let sum = Double(factorCount) * 0x1p-24
    // Beyond a million factors the bound says nothing; half is far above what it is needed for.
    gamma = sum < 0.5 ? sum / (1 - sum) : .infinity
  }

  /// How far, for a user's factors of length 1, the screen's product for an item of this length may
  /// be from the model's: what the codes lose, and the rounding on both sides.
  func slack(length: Double, residual: Double) -> Float {
    Float(1.01 * (residual + (2 * gamma + 32 * 0x1p-24) * (length + residual)) + 1e-30)
  }

  /// How large, for a user's factors of length 1, the model's product for an item of this length may
  /// be.
  func reach(length: Double) -> Float {
    Float(1.0001 * length * (1 + 2 * gamma + 32 * 0x1p-24) + 1e-30)
  }

  /// What is added to every bound for the rounding of `offset`, which all of a user's scores have in
  /// common, and of biases up to `biasLimit`.
  static func slack(offset: Float, biasLimit: Float) -> Float {
    32 * 0x1p-24 * (abs(offset) + biasLimit) + 1e-30
  }
}
