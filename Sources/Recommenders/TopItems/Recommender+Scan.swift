package import Ratings

extension Recommender {
  /// Items whose scores are asked for at a time.
  private static let itemsPerPass = 1024

  /// Scores every item.
  func scan(for user: UserIndex, count: Int, excluding excluded: SortedRows) -> [ScoredItem] {
    let itemCount = model.itemCount
    var top = TopSelection(count: min(count, itemCount))
    withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.itemsPerPass) { memory in
      for start in stride(from: 0, to: itemCount, by: Self.itemsPerPass) {
        let items = start..<min(start + Self.itemsPerPass, itemCount)
        let scores = UnsafeMutableBufferPointer(rebasing: memory[..<items.count])
        model.writeScores(for: user, of: items, to: scores)
        for (place, row) in items.enumerated() {
          top.consider(UInt32(row), score: Double(scores[place]), unlessIn: excluded)
        }
      }
    }
    return predictions(top, for: user)
  }

  /// The `count` items with the most ratings, among equals the lower row first, without those in
  /// `excluded`; each with what is predicted for a user of whom nothing is known. O(items).
  package func popular(count: Int, excluding excluded: [ItemIndex] = []) -> [ScoredItem] {
    popular(count: count, for: nil, excluding: SortedRows(excluded.map(\.rawValue)))
  }

  func popular(
    count: Int, for user: UserIndex?, excluding excluded: SortedRows
  ) -> [ScoredItem] {
    precondition(count >= 0)
    var top = TopSelection(count: min(count, model.itemCount))
    model.withItemRatingCounts { counts in
      for row in counts.indices {
        top.consider(UInt32(row), score: Double(counts[row]), unlessIn: excluded)
      }
    }
    return predictions(top, for: user)
  }

  /// The rows selected, with their predicted ratings.
  func predictions(_ top: consuming TopSelection, for user: UserIndex?) -> [ScoredItem] {
    top.ranked().map { entry in
      let item = ItemIndex(entry.row)
      return ScoredItem(item: item, score: model.predict(user: user, item: item))
    }
  }
}
