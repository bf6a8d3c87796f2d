/// The greatest `count` of many values: a binary heap with the least of them on top, so that a value
/// that is not among them costs one comparison and another O(log count).
struct GreatestKept<Value: Comparable> {
  private let count: Int
  private var heap: [Value] = []

  /// An empty collection with room for `count` values.
  init(count: Int) {
    precondition(count >= 0)
    self.count = count
  }

  /// What a value must exceed to be kept; nil while there is room.
  var least: Value? { heap.count == count ? heap.first : nil }

  /// Whether `value` would be kept.
  func admits(_ value: Value) -> Bool {
    heap.count < count || (count > 0 && heap[0] < value)
  }

  /// Keeps `value`, and drops the least when there are more than `count`. Traps unless `value` is
  /// admitted.
  mutating func insert(_ value: Value) {
    precondition(admits(value))
    if heap.count < count {
      heap.append(value)
      raiseLast()
    } else {
      heap[0] = value
      sinkFirst()
    }
  }

  /// The values kept, greatest first.
  consuming func descending() -> [Value] { heap.sorted(by: >) }

  private mutating func raiseLast() {
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child] < heap[parent] else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  private mutating func sinkFirst() {
    var parent = 0
    while true {
      var least = parent
      let (left, right) = (2 * parent + 1, 2 * parent + 2)
      if left < heap.count, heap[left] < heap[least] { least = left }
      if right < heap.count, heap[right] < heap[least] { least = right }
      guard least != parent else { return }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
