import Synchronization

/// Passwords that wait to be looked at, of which one address after the other has its turn: whoever guesses many holds nobody up who comes from
/// elsewhere.
final class PasswordTurns: Sendable {
  typealias Look = @Sendable () -> Void

  private let waiting = Mutex(AddressTurns<Look>())
  private let threads: AnswerThreads

  /// Turns on `threads`, which have as many waiting as may.
  init(on threads: AnswerThreads) { self.threads = threads }

  /// Has `look` called when it is the turn of a password from `address`; false when as many wait as may.
  func add(_ look: @escaping Look, from address: ClientAddress) -> Bool {
    // Whoever is called before it stands there waits for the lock.
    waiting.withLock { waiting in
      guard
        threads.submit(.light, { [self] in self.waiting.withLock({ $0.next() })?() })
      else { return false }
      waiting.add(look, from: address)
      return true
    }
  }
}
