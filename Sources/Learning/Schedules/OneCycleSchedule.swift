/// The 1cycle policy (Smith, "Super-convergence", 2018), as implemented in fastai. The rate rises by cosine from `peak
/// / initialDivisor` to the peak over the first `peakPosition`, then falls by cosine to `peak / finalDivisor`. Momentum
/// falls from `highMomentum` to `lowMomentum` and rises again over the same two phases.
package struct OneCycleSchedule: Schedule {
  /// The position of the peak rate: above 0, below 1.
  private let peakPosition: Double
  private let initialDivisor: Double
  private let finalDivisor: Double
  private let highMomentum: Double
  private let lowMomentum: Double

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

  /// Returns a factor that moves from 1 / `initialDivisor` to 1 to 1 / `finalDivisor`.
  package func rateFactor(at position: Double) -> Double {
    path(at: position, from: 1 / initialDivisor, over: 1, to: 1 / finalDivisor)
  }

  /// Returns a momentum that moves from `highMomentum` to `lowMomentum` and back.
  package func momentum(at position: Double) -> Double {
    path(at: position, from: highMomentum, over: lowMomentum, to: highMomentum)
  }

  private func path(
    at position: Double, from start: Double, over peak: Double, to end: Double
  ) -> Double {
    position < peakPosition
      ? annealedByCosine(from: start, to: peak, at: position / peakPosition)
      : annealedByCosine(
        from: peak, to: end, at: (position - peakPosition) / (1 - peakPosition))
  }
}

extension ScheduleKind {
  /// See ``OneCycleSchedule``.
  package static let oneCycle = Self(
    "one-cycle", "up to the peak for a quarter, then down to almost 0, momentum inversely"
  ) { _ in OneCycleSchedule() }
}
