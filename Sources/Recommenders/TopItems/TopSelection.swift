import HeapModule

/// Keeps the best `count` of many rows by score, higher first, and among equal scores the lower row
/// first. NaN ranks below everything.
struct TopSelection {
  /// A row and what it is ranked by; the better is the greater.
  struct Entry: Comparable {
    var row: UInt32
    /// In double precision, which holds every score and every count of ratings exactly.
    var score: Double

    static func < (left: Entry, right: Entry) -> Bool {
      left.score != right.score ? left.score < right.score : left.row > right.row
    }
  }

  private var kept: BoundedHeap<Entry>
  private let filter: CandidateFilter

  /// Selects among the rows that `filter` admits.
  init(count: Int, filter: CandidateFilter) {
    kept = BoundedHeap(count: count)
    self.filter = filter
  }

  /// Keeps `row` if it is among the best so far.
  mutating func consider(_ row: UInt32, score: Double) {
    let entry = Entry(row: row, score: score.isNaN ? -.infinity : score)
    if kept.admits(entry), filter.admits(row) { kept.insert(entry) }
  }

  /// The rows kept, best first.
  consuming func ranked() -> [Entry] { kept.descending() }
}

/// The greatest `count` of many values: one that is not among them costs one comparison, another
/// O(log count).
struct BoundedHeap<Value: Comparable> {
  private let count: Int
  private var heap = Heap<Value>()

  /// An empty heap with room for `count` values.
  init(count: Int) {
    precondition(count >= 0)
    self.count = count
  }

  /// What a value must exceed to be kept; nil while there is room.
  var least: Value? { heap.count == count ? heap.min : nil }

  /// Whether `value` would be kept.
  func admits(_ value: Value) -> Bool {
    guard heap.count == count else { return true }
    return heap.min.map { $0 < value } ?? false
  }

  /// Keeps `value`, and drops the least when there are more than `count`. Traps unless `value` is
  /// admitted.
  mutating func insert(_ value: Value) {
    precondition(admits(value))
    if heap.count < count { heap.insert(value) } else { heap.replaceMin(with: value) }
  }

  /// The values kept, greatest first.
  consuming func descending() -> [Value] { heap.unordered.sorted(by: >) }
}
