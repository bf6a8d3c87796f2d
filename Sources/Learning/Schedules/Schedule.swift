/// How rate and momentum move through a training. Positions run from 0 at the first batch; 1, the
/// very end, is never reached.
package protocol Schedule: Sendable {
  /// The rate at `position`, as a share of each group's peak rate.
  func rateFactor(at position: Double) -> Double
  /// The momentum (AdamW's beta1) at `position`.
  func momentum(at position: Double) -> Double
}

/// The momentum of schedules that leave it alone.
package let defaultMomentum = 0.9

/// The same rate and momentum throughout.
package struct ConstantSchedule: Schedule {
  package var momentum: Double

  package init(momentum: Double = defaultMomentum) { self.momentum = momentum }

  /// Always 1.
  package func rateFactor(at position: Double) -> Double { 1 }

  /// Always ``momentum``.
  package func momentum(at position: Double) -> Double { momentum }
}
