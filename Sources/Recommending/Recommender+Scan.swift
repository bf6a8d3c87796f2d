import FactorModels
package import Ratings

extension Recommender {
  /// Scores every item: O(items x factors).
  func scan(for user: UserIndex, count: Int, excluding excluded: SortedRows) -> [ScoredItem] {
    var top = TopSelection(count: min(count, model.itemCount))
    for row in 0..<UInt32(model.itemCount) {
      let score = model.score(user: user, item: ItemIndex(row))
      top.consider(row, score: Double(score), unlessIn: excluded)
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
