import Foundation

/// The ways from one value to another that schedules are put together from.
enum Annealing {
  /// Half a wave of the cosine from `start` at 0 to `end` at 1.
  static func cosine(from start: Double, to end: Double, at share: Double) -> Double {
    start + (1 + cos(.pi * (1 - share))) * (end - start) / 2
  }

  /// `start` at 0 to `end` at 1, the way gone being the share to a power.
  static func polynomial(
    from start: Double, to end: Double, power: Double, at share: Double
  ) -> Double {
    start + (end - start) * pow(share, power)
  }

  /// `start` at 0 to `end` at 1 by equal factors over equal ways.
  static func exponential(from start: Double, to end: Double, at share: Double) -> Double {
    start * pow(end / start, share)
  }
}
