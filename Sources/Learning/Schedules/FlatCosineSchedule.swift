/// The peak rate for most of the training, then cosine annealing to `peak / finalDivisor` (fastai's `fit_flat_cos`).
package struct FlatCosineSchedule: Schedule {
  /// The position where annealing begins: at least 0, below 1.
  private let flatShare: Double
  private let finalDivisor: Double

  package init(flatShare: Double = 0.75, finalDivisor: Double = 1e5) {
    precondition(flatShare >= 0 && flatShare < 1, "a way down from \(flatShare)")
    self.flatShare = flatShare
    self.finalDivisor = finalDivisor
  }

  /// Returns 1 until `flatShare`, then a factor that falls to 1 / `finalDivisor`.
  package func rateFactor(at position: Double) -> Double {
    position < flatShare
      ? 1
      : annealedByCosine(
        from: 1, to: 1 / finalDivisor, at: (position - flatShare) / (1 - flatShare))
  }
}

extension ScheduleKind {
  /// See ``FlatCosineSchedule``.
  package static let flatCosine = Self(
    "flat-cosine", "the peak for three quarters, then down to 0 by cosine"
  ) { _ in FlatCosineSchedule() }
}
