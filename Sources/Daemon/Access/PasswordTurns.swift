import DequeModule
import Synchronization

/// Passwords that wait to be looked at, of which one address after the other has its turn: whoever guesses many holds nobody up who comes from
/// elsewhere.
final class PasswordTurns: Sendable {
  typealias Look = @Sendable () -> Void

  private struct State {
    /// Those that wait, of each address in their order.
    var waiting: [ClientAddress: Deque<Look>] = [:]
    /// The addresses that ``waiting`` has, the next one first.
    var addresses: Deque<ClientAddress> = []
  }
  private let state = Mutex(State())
  private let threads: AnswerThreads

  /// Turns on `threads`, which have as many waiting as may.
  init(on threads: AnswerThreads) { self.threads = threads }

  /// Has `look` called when it is the turn of a password from `address`; false when as many wait as may.
  func add(_ look: @escaping Look, from address: ClientAddress) -> Bool {
    // Whoever is called before it stands there waits for the lock.
    state.withLock { state in
      guard threads.submit(.light, { [self] in next()?() }) else { return false }
      if state.waiting[address] == nil { state.addresses.append(address) }
      state.waiting[address, default: []].append(look)
      return true
    }
  }

  private func next() -> Look? {
    state.withLock { state in
      guard let address = state.addresses.popFirst() else { return nil }
      let look = state.waiting[address]?.popFirst()
      if state.waiting[address]?.isEmpty == false {
        state.addresses.append(address)
      } else {
        state.waiting[address] = nil
      }
      return look
    }
  }
}
