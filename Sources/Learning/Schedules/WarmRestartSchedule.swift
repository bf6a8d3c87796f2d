/// Cycles in each of which the rate falls by cosine from its peak to 0, each `lengthening` times as
/// long as the one before (Loshchilov, Hutter, "SGDR", 2017; fastai's `fit_sgdr`).
package struct WarmRestartSchedule: Schedule {
  package let cycleCount: Int
  package let lengthening: Int
  package var momentum: Double

  package init(cycleCount: Int, lengthening: Int = 2, momentum: Double = defaultMomentum) {
    precondition(cycleCount > 0 && lengthening > 0, "\(cycleCount) cycles, each x \(lengthening)")
    self.cycleCount = cycleCount
    self.lengthening = lengthening
    self.momentum = momentum
  }

  /// The epochs of all cycles when the first has `cycleLength`.
  package func epochCount(cycleLength: Int) -> Int { cycleLength * lengths.reduce(0, +) }

  /// By cosine from 1 to 0 within the cycle that `position` lies in.
  package func rateFactor(at position: Double) -> Double {
    let whole = Double(lengths.reduce(0, +))
    var start = 0
    for (cycle, length) in lengths.enumerated() {
      let end = start + length
      if position < Double(end) / whole || cycle == cycleCount - 1 {
        return Annealing.cosine(
          from: 1, to: 0, at: (position * whole - Double(start)) / Double(length))
      }
      start = end
    }
    return 0
  }

  /// Always ``momentum``.
  package func momentum(at position: Double) -> Double { momentum }

  /// The cycles' lengths in units of the first.
  private var lengths: [Int] {
    var lengths = [1]
    while lengths.count < cycleCount { lengths.append(lengths[lengths.count - 1] * lengthening) }
    return lengths
  }
}
