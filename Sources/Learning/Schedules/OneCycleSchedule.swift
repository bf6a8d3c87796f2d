/// One cycle (Smith, "Super-convergence", 2018, as fastai does it): by cosine from
/// `peak / initialDivisor` up to the peak over the first `peakPosition`, then by cosine down to
/// `peak / finalDivisor`; momentum falls from `highMomentum` to `lowMomentum` and rises again over the
/// same two parts.
package struct OneCycleSchedule: Schedule {
  /// Where the rate is highest: above 0, below 1.
  package var peakPosition: Double
  package var initialDivisor: Double
  package var finalDivisor: Double
  package var highMomentum: Double
  package var lowMomentum: Double

  package init(
    peakPosition: Double = 0.25, initialDivisor: Double = 25, finalDivisor: Double = 1e5,
    highMomentum: Double = 0.95, lowMomentum: Double = 0.85
  ) {
    precondition(peakPosition > 0 && peakPosition < 1, "a peak at \(peakPosition)")
    self.peakPosition = peakPosition
    self.initialDivisor = initialDivisor
    self.finalDivisor = finalDivisor
    self.highMomentum = highMomentum
    self.lowMomentum = lowMomentum
  }

  /// From 1 / `initialDivisor` over 1 to 1 / `finalDivisor`.
  package func rateFactor(at position: Double) -> Double {
    path(at: position, from: 1 / initialDivisor, over: 1, to: 1 / finalDivisor)
  }

  /// From `highMomentum` over `lowMomentum` back to it.
  package func momentum(at position: Double) -> Double {
    path(at: position, from: highMomentum, over: lowMomentum, to: highMomentum)
  }

  private func path(
    at position: Double, from start: Double, over peak: Double, to end: Double
  ) -> Double {
    position < peakPosition
      ? Annealing.cosine(from: start, to: peak, at: position / peakPosition)
      : Annealing.cosine(
        from: peak, to: end, at: (position - peakPosition) / (1 - peakPosition))
  }
}
