import Foundation

/// A geometric progression from one multiple of the peak rate to another (fastai's `SchedExp`), as used by the learning
/// rate finder.
package struct ExponentialSchedule: Schedule {
  private let start: Double
  private let end: Double

  package init(from start: Double, to end: Double) {
    precondition(start > 0 && end > 0, "from \(start) to \(end)")
    self.start = start
    self.end = end
  }

  /// `start (end / start)^position`.
  package func rateFactor(at position: Double) -> Double { start * pow(end / start, position) }
}

extension ScheduleKind {
  /// See ``ExponentialSchedule``.
  package static let exponential = Self(
    "exponential", "exponential decay from the peak to a hundredth of it"
  ) { _ in ExponentialSchedule(from: 1, to: 0.01) }
}
