import HeapModule

/// Keeps the best `count` of many rows by score, highest first, with ties in ascending row order. NaN ranks below
/// everything.
struct TopSelection {
  /// A row and its score. The better entry is the greater.
  struct Entry: Comparable {
    var row: UInt32
    /// The score, in double precision, which represents every score and every number of ratings exactly.
    var score: Double

    static func < (left: Entry, right: Entry) -> Bool {
      left.score != right.score ? left.score < right.score : left.row > right.row
    }
  }

  private var kept: BoundedHeap<Entry>
  private let filter: CandidateFilter

  /// Creates a selection among the rows that `filter` admits.
  init(count: Int, filter: CandidateFilter) {
    kept = BoundedHeap(count: count)
    self.filter = filter
  }

  /// Keeps `row` if it is among the best so far.
  mutating func consider(_ row: UInt32, score: Double) {
    let entry = Entry(row: row, score: score.isNaN ? -.infinity : score)
    if kept.admits(entry), filter.admits(row) { kept.insert(entry) }
  }

  /// Returns the kept rows, best first.
  consuming func ranked() -> [Entry] { kept.descending() }
}

/// A heap of the greatest `count` of many values. Rejecting a value costs one comparison, inserting one O(log count).
struct BoundedHeap<Value: Comparable> {
  private let count: Int
  private var heap = Heap<Value>()

  /// Creates an empty heap with room for `count` values.
  init(count: Int) {
    precondition(count >= 0)
    self.count = count
  }

  /// The value that others must exceed to be kept; nil while there is room.
  var least: Value? { heap.count == count ? heap.min : nil }

  /// Returns whether `value` would be kept.
  func admits(_ value: Value) -> Bool {
    guard heap.count == count else { return true }
    return heap.min.map { $0 < value } ?? false
  }

  /// Keeps `value`, and removes the least value if there are more than `count`. Traps unless `value` is admitted.
  mutating func insert(_ value: Value) {
    precondition(admits(value))
    if heap.count < count { heap.insert(value) } else { heap.replaceMin(with: value) }
  }

  /// Returns the kept values, greatest first.
  consuming func descending() -> [Value] { heap.unordered.sorted(by: >) }
}
