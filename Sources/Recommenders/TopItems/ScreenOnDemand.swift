import Synchronization

/// An index (``ItemScreen``) built on demand: by ``prepare()``, or in the background after ``lookupLimit`` lookups
/// without it. A program that makes only a query or two is spared the work.
final class ScreenOnDemand: Sendable {
  /// The number of lookups made without the index.
  static let lookupLimit = 4

  private enum State {
    /// Not built yet, after this many lookups.
    case pending(lookups: Int)
    case ready(ItemScreen)
    /// Not wanted, or not possible.
    case none
  }

  private let state: Mutex<State>
  /// Held while the index is built, so that it is built once and others wait for it.
  private let making = Mutex(())
  private let make: @Sendable () -> ItemScreen?

  /// Creates an index that `make` builds, if one `isWanted`.
  init(isWanted: Bool, _ make: @escaping @Sendable () -> ItemScreen?) {
    state = Mutex(isWanted ? .pending(lookups: 0) : .none)
    self.make = make
  }

  /// The index, if it has been built.
  var ready: ItemScreen? {
    state.withLock { if case .ready(let screen) = $0 { screen } else { nil } }
  }

  /// Returns the index, if it has been built. Otherwise counts the lookup, and starts building the index in the
  /// background when the count reaches ``lookupLimit``.
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

  /// Builds the index now, if one is wanted. Blocks.
  func prepare() {
    making.withLock { _ in
      guard state.withLock({ if case .pending = $0 { true } else { false } }) else { return }
      let made = make()
      state.withLock { $0 = made.map { .ready($0) } ?? .none }
    }
  }
}
