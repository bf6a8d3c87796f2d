import Synchronization

/// A number of places, taken and given back by any thread.
final class Quota: Sendable {
  /// How many places there may be.
  let greatestLimit: Int
  private let current: Atomic<Int>
  private let taken = Atomic(0)

  init(_ limit: Int) {
    greatestLimit = limit
    current = Atomic(limit)
  }

  /// How many places there are: at most ``greatestLimit``. Those that are taken stay so where there are to be fewer.
  var limit: Int {
    get { current.load(ordering: .relaxed) }
    set { current.store(min(newValue, greatestLimit), ordering: .relaxed) }
  }

  /// The places that are taken now.
  var count: Int { taken.load(ordering: .relaxed) }

  /// Takes a place; false when there is none left.
  func take() -> Bool {
    if taken.wrappingAdd(1, ordering: .relaxed).newValue <= limit { return true }
    giveBack()
    return false
  }

  /// Gives back a place that was taken.
  func giveBack() { taken.wrappingSubtract(1, ordering: .relaxed) }
}
