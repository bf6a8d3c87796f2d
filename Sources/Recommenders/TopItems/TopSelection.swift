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

  private var kept: GreatestKept<Entry>

  init(count: Int) { kept = GreatestKept(count: count) }

  /// Keeps `row` if it is among the best so far and not in `excluded`.
  mutating func consider(_ row: UInt32, score: Double, unlessIn excluded: SortedRows) {
    let entry = Entry(row: row, score: score.isNaN ? -.infinity : score)
    if kept.admits(entry), !excluded.contains(row) { kept.insert(entry) }
  }

  /// The rows kept, best first.
  consuming func ranked() -> [Entry] { kept.descending() }
}
