/// The peak rate for most of the training, then by cosine down to `peak / finalDivisor` (fastai's
/// `fit_flat_cos`).
package struct FlatCosineSchedule: Schedule {
  /// Where the way down begins: from 0, below 1.
  package var flatShare: Double
  package var finalDivisor: Double
  package var momentum: Double

  package init(
    flatShare: Double = 0.75, finalDivisor: Double = 1e5, momentum: Double = defaultMomentum
  ) {
    precondition(flatShare >= 0 && flatShare < 1, "a way down from \(flatShare)")
    self.flatShare = flatShare
    self.finalDivisor = finalDivisor
    self.momentum = momentum
  }

  /// 1, then down to 1 / `finalDivisor`.
  package func rateFactor(at position: Double) -> Double {
    position < flatShare
      ? 1
      : Annealing.cosine(
        from: 1, to: 1 / finalDivisor, at: (position - flatShare) / (1 - flatShare))
  }

  /// Always ``momentum``.
  package func momentum(at position: Double) -> Double { momentum }
}
