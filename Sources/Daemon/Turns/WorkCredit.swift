package import NIOCore

/// A token bucket of time for each connection: what may be done for it before it counts as one that asks for much, and
/// waits behind those that don't. It fills as time passes.
package struct WorkCredit: Sendable, Equatable {
  /// A connection that keeps its event loop busy for no more than one part in this many of the time never runs out.
  private static let share: Int64 = 16
  /// The most that is saved up, and the greatest debt.
  private static let limit = TimeAmount.microseconds(500)
  private static let debtLimit = TimeAmount.milliseconds(2)

  private var balance = Self.limit
  private var updatedAt: NIODeadline

  /// Creates a full credit at the time `now`.
  package init(at now: NIODeadline) { updatedAt = now }

  /// Returns whether nothing is left at the time `now`.
  package func isUsedUp(at now: NIODeadline) -> Bool { balance(at: now).nanoseconds <= 0 }

  /// Deducts `time` of work done by `now`.
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
