/// From one share of the peak rate to another by equal factors: what the rate search goes by.
package struct ExponentialSchedule: Schedule {
  package var start: Double
  package var end: Double
  package var momentum: Double

  package init(from start: Double, to end: Double, momentum: Double = defaultMomentum) {
    precondition(start > 0 && end > 0, "from \(start) to \(end)")
    self.start = start
    self.end = end
    self.momentum = momentum
  }

  /// `start (end / start)^position`.
  package func rateFactor(at position: Double) -> Double {
    Annealing.exponential(from: start, to: end, at: position)
  }

  /// Always ``momentum``.
  package func momentum(at position: Double) -> Double { momentum }
}
