import Synchronization

/// Passwords waiting to be checked, served by address in turn: a client that guesses many does not delay those of other
/// addresses.
final class PasswordTurns: Sendable {
  typealias Look = @Sendable () -> Void

  private let waiting = Mutex(AddressTurns<Look>())
  private let threads: AnswerThreads

  /// Creates a queue on `threads`, which limit its length.
  init(on threads: AnswerThreads) { self.threads = threads }

  /// Enqueues `look` for its turn among the passwords from `address`; returns false if the queue is full.
  func add(_ look: @escaping Look, from address: ClientAddress) -> Bool {
    // A thread that starts before `look` is added waits for the lock.
    waiting.withLock { waiting in
      guard
        threads.submit(.light, { [self] in self.waiting.withLock({ $0.next() })?() })
      else { return false }
      waiting.add(look, from: address)
      return true
    }
  }
}
