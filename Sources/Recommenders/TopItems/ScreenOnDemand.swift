import Synchronization

/// An index (``ItemScreen``) that is made when it pays: by ``prepare()``, or in the background after
/// ``lookupLimit`` look-ups without it. A program that asks a question or two is spared the work.
final class ScreenOnDemand: Sendable {
  /// Look-ups that do without.
  static let lookupLimit = 4

  private enum State {
    /// Not made yet; so many look-ups so far.
    case pending(lookups: Int)
    case ready(ItemScreen)
    /// There is to be none, or there can't be.
    case none
  }

  private let state: Mutex<State>
  /// Held while the index is made, so that it is made once and others wait for it.
  private let making = Mutex(())
  private let make: @Sendable () -> ItemScreen?

  /// An index as `make` makes it, where one `isWanted`.
  init(isWanted: Bool, _ make: @escaping @Sendable () -> ItemScreen?) {
    state = Mutex(isWanted ? .pending(lookups: 0) : .none)
    self.make = make
  }

  /// The index, if it is there.
  var ready: ItemScreen? {
    state.withLock { if case .ready(let screen) = $0 { screen } else { nil } }
  }

  /// The index, if it is there; else the look-up is counted, and at the last that is to do without the index
  /// is made in the background.
  func forLookup() -> ItemScreen? {
    let (ready, isDue) = state.withLock { state -> (ItemScreen?, Bool) in
      switch state {
      case .ready(let screen): return (screen, false)
      case .pending(let lookups):
        state = .pending(lookups: lookups + 1)
        return (nil, lookups + 1 == Self.lookupLimit)
      case .none: return (nil, false)
      }
    }
    if isDue { Task.detached(priority: .utility) { self.prepare() } }
    return ready
  }

  /// Makes the index now, if there is to be one. Blocks.
  func prepare() {
    making.withLock { _ in
      guard state.withLock({ if case .pending = $0 { true } else { false } }) else { return }
      let made = make()
      state.withLock { $0 = made.map { .ready($0) } ?? .none }
    }
  }
}
