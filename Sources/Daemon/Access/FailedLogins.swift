package import NIOCore
import Synchronization

/// How many wrong passwords each address may still give, so that nobody can try many.
///
/// An address may give ``burst`` at once and one every ``interval`` after that. What is wrong in the same way again
/// counts once, and is not looked at: a program with an old password must not keep others of its address out. What is looked at
/// counts until it is found to be right, once however often it comes meanwhile. Only so many addresses are known: where there are more,
/// those go that were wrong the longest ago.
package final class FailedLogins: Sendable {
  /// What is to become of somebody who wants to log in.
  package enum Decision: Equatable {
    /// The password is to be looked at; ``FailedLogins/settle(_:from:isRight:)`` is to be told of it.
    case mayTry
    /// It was wrong before.
    case isWrong
    /// So many were wrong that none is looked at for so long.
    case hasToWait(TimeAmount)
  }

  package static let burst = 20
  package static let interval = TimeAmount.seconds(3)
  package static let addressLimit = 4096
  /// How many wrong passwords of an address are known again.
  package static let remembered = 4

  /// What is being looked at, and how often it was given meanwhile.
  private struct Trial {
    let digest: CredentialDigest
    var count = 1
  }
  private struct Record {
    /// When it has all its tries back.
    var fullAt: NIODeadline
    var wrong: [CredentialDigest] = []
    /// At most as many as ``burst``.
    var trials: [Trial] = []

    func isWrong(_ digest: CredentialDigest) -> Bool { wrong.contains { $0.matches(digest) } }
    func trial(of digest: CredentialDigest) -> Int? {
      trials.firstIndex { $0.digest.matches(digest) }
    }
  }
  private let records = Mutex<[ClientAddress: Record]>([:])
  private let clock: LoopClock

  package init(clock: LoopClock = .system) { self.clock = clock }

  /// How many addresses are known.
  package var addressCount: Int { records.withLock { $0.count } }

  /// Whether `address` may try `digest`; takes one of its tries where it may.
  package func begin(_ digest: CredentialDigest, from address: ClientAddress) -> Decision {
    let now = clock.now()
    return records.withLock { records in
      var record = records[address] ?? Record(fullAt: now)
      guard !record.isWrong(digest) else { return .isWrong }
      if let trial = record.trial(of: digest) {
        records[address]?.trials[trial].count += 1
        return .mayTry
      }
      record.fullAt = max(record.fullAt, now) + Self.interval
      let excess = record.fullAt - now - Self.interval * Self.burst
      guard excess <= .zero else { return .hasToWait(excess) }
      record.trials.append(Trial(digest: digest))
      if records[address] == nil, records.count >= Self.addressLimit,
        let oldest = records.min(by: { $0.value.fullAt < $1.value.fullAt })
      {
        records[oldest.key] = nil
      }
      records[address] = record
      return .mayTry
    }
  }

  /// Whether `digest` was found to be wrong since it was to be looked at.
  package func isWrong(_ digest: CredentialDigest, from address: ClientAddress) -> Bool {
    records.withLock { $0[address]?.isWrong(digest) ?? false }
  }

  /// What ``begin(_:from:)`` let try turned out to be right or wrong; nil where it was not looked at.
  package func settle(_ digest: CredentialDigest, from address: ClientAddress, isRight: Bool?) {
    let now = clock.now()
    records.withLock { records in
      guard var record = records[address], let trial = record.trial(of: digest) else { return }
      record.trials[trial].count -= 1
      if isRight == false, !record.isWrong(digest) {
        record.wrong = record.wrong.suffix(Self.remembered - 1) + [digest]
      }
      if record.trials[trial].count == 0 {
        record.trials.remove(at: trial)
        if isRight != false { record.fullAt = record.fullAt - Self.interval }
      }
      let isForgotten = record.wrong.isEmpty && record.trials.isEmpty && record.fullAt <= now
      records[address] = isForgotten ? nil : record
    }
  }

  /// Passwords were changed: what was wrong may be right.
  package func forgetWrong() {
    records.withLock { records in
      for address in records.keys { records[address]?.wrong = [] }
    }
  }
}
