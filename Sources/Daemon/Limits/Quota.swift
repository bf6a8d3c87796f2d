import Synchronization

/// A number of places, taken and given back by any thread.
final class Quota: Sendable {
  /// The upper bound of ``limit``.
  let greatestLimit: Int
  private let current: Atomic<Int>
  private let taken = Atomic(0)

  init(_ limit: Int) {
    greatestLimit = limit
    current = Atomic(limit)
  }

  /// The number of places, at most ``greatestLimit``. Taken places stay taken if it is lowered.
  var limit: Int {
    get { current.load(ordering: .relaxed) }
    set { current.store(min(newValue, greatestLimit), ordering: .relaxed) }
  }

  /// The number of places taken.
  var count: Int { taken.load(ordering: .relaxed) }

  /// Takes a place; returns false if none is left.
  func take() -> Bool {
    if taken.wrappingAdd(1, ordering: .relaxed).newValue <= limit { return true }
    giveBack()
    return false
  }

  /// Gives back a place that was taken.
  func giveBack() { taken.wrappingSubtract(1, ordering: .relaxed) }
}
