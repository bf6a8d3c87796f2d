package import NIOCore
import Synchronization

/// A limit on the wrong passwords of each address, against guessing.
///
/// An address may give ``burst`` wrong passwords at once, and one every ``interval`` after that. The same wrong
/// password counts once and is not checked again: a program with an old password must not lock out others at its
/// address. A password being checked counts until it proves right, once however often it is given meanwhile. At most
/// ``addressLimit`` addresses are known; beyond that, those that failed longest ago are forgotten.
package final class FailedLogins: Sendable {
  /// What to do with an attempt to log in.
  package enum Decision: Equatable {
    /// Check the password, and report the result by ``FailedLogins/settle(_:from:isRight:)``.
    case mayTry
    /// The password was wrong before.
    case isWrong
    /// Too many were wrong: none is checked for this long.
    case hasToWait(TimeAmount)
  }

  package static let burst = 20
  package static let interval = TimeAmount.seconds(3)
  package static let addressLimit = 4096
  /// The number of wrong passwords remembered for each address.
  package static let remembered = 4

  /// A password being checked, and how often it was given meanwhile.
  private struct Trial {
    let digest: CredentialDigest
    var count = 1
  }
  private struct Record {
    /// When the address has all its attempts back.
    var fullAt: NIODeadline
    var wrong: [CredentialDigest] = []
    /// At most ``burst``.
    var trials: [Trial] = []

    func isWrong(_ digest: CredentialDigest) -> Bool { wrong.contains { $0.matches(digest) } }
    func trial(of digest: CredentialDigest) -> Int? {
      trials.firstIndex { $0.digest.matches(digest) }
    }
  }
  private let records = Mutex<[ClientAddress: Record]>([:])
  private let clock: LoopClock

  package init(clock: LoopClock = .system) { self.clock = clock }

  /// The number of known addresses.
  package var addressCount: Int { records.withLock { $0.count } }

  /// Returns whether `address` may try `digest`, and takes one of its attempts if so.
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

  /// Returns whether `digest` was found wrong since it was accepted for checking.
  package func isWrong(_ digest: CredentialDigest, from address: ClientAddress) -> Bool {
    records.withLock { $0[address]?.isWrong(digest) ?? false }
  }

  /// Records whether a password accepted by ``begin(_:from:)`` was right; `nil` if it was not checked.
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

  /// Forgets the wrong passwords: after a change of passwords they may be right.
  package func forgetWrong() {
    records.withLock { records in
      for address in records.keys { records[address]?.wrong = [] }
    }
  }
}
