package import NIOCore

/// What a connection may still have done for it before it counts as one that asks for much, and waits
/// behind those that don't: a bucket of time that fills as time passes (a token bucket).
package struct WorkCredit: Sendable, Equatable {
  /// A connection that keeps its event loop busy for no more than this part of the time never runs
  /// out.
  private static let share: Int64 = 16
  /// The most that is saved up, and the greatest debt.
  private static let limit = TimeAmount.microseconds(500)
  private static let debtLimit = TimeAmount.milliseconds(2)

  private var balance = Self.limit
  private var updatedAt: NIODeadline

  /// All of it, as of `now`.
  package init(at now: NIODeadline) { updatedAt = now }

  /// Whether nothing is left at the time `now`.
  package func isUsedUp(at now: NIODeadline) -> Bool { balance(at: now).nanoseconds <= 0 }

  /// Takes note that the connection had `time` of work done by `now`.
  package mutating func charge(_ time: TimeAmount, at now: NIODeadline) {
    balance = max(balance(at: now) - time, .zero - Self.debtLimit)
    updatedAt = max(updatedAt, now)
  }

  private func balance(at now: NIODeadline) -> TimeAmount {
    guard now > updatedAt else { return balance }
    let earned = TimeAmount.nanoseconds((now - updatedAt).nanoseconds / Self.share)
    return min(balance + earned, Self.limit)
  }
}
