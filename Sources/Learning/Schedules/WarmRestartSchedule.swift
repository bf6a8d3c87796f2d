import Foundation

/// Cosine annealing with warm restarts: cycles in which the rate falls from its peak to 0, each `lengthFactor` times as
/// long as the last (Loshchilov, Hutter, "SGDR", 2017; fastai's `fit_sgdr`; PyTorch's `CosineAnnealingWarmRestarts`).
package struct WarmRestartSchedule: Schedule {
  private let cycleCount: Int
  private let lengthFactor: Int

  package init(cycleCount: Int, lengthFactor: Int = 2) {
    precondition(cycleCount > 0 && lengthFactor > 0, "\(cycleCount) cycles, each x \(lengthFactor)")
    self.cycleCount = cycleCount
    self.lengthFactor = lengthFactor
  }

  /// Returns a factor that falls by cosine from 1 to 0 within the cycle that contains `position`.
  package func rateFactor(at position: Double) -> Double {
    let whole = Double(lengths.reduce(0, +))
    var start = 0
    for (cycle, length) in lengths.enumerated() {
      let end = start + length
      if position < Double(end) / whole || cycle == cycleCount - 1 {
        return annealedByCosine(
          from: 1, to: 0, at: (position * whole - Double(start)) / Double(length))
      }
      start = end
    }
    return 0
  }

  /// The lengths of the cycles in units of the first.
  private var lengths: [Int] {
    var lengths = [1]
    while lengths.count < cycleCount { lengths.append(lengths[lengths.count - 1] * lengthFactor) }
    return lengths
  }
}

extension ScheduleKind {
  /// A single cycle.
  package static let cosine = Self("cosine", "from the peak down to 0 by cosine") { _ in
    WarmRestartSchedule(cycleCount: 1)
  }

  /// As many cycles as fit if the first lasts at least one epoch.
  package static let warmRestarts = Self(
    "warm-restarts", "down to 0 by cosine with restarts, each cycle twice as long"
  ) { epochCount in
    // Cycles of 1, 2, 4 ... epochs: n of them last 2^n - 1.
    WarmRestartSchedule(cycleCount: max(1, Int(log2(Double(epochCount + 1)))))
  }
}
