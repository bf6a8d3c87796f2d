/// Average precision: the mean precision at each positive sample, with samples ranked by score and ties ranked together
/// (scikit-learn's `average_precision_score`). NaN scores rank last, as a tie.
package enum AveragePrecision {
  /// Returns the average precision for each sample's score and label; NaN without positive samples. O(n log n).
  package static func of(_ samples: [(value: Float, isTrue: Bool)]) -> Double {
    let ranked =
      samples.filter { !$0.value.isNaN }.sorted { $0.value > $1.value }
      + samples.filter(\.value.isNaN)
    var (found, sum, start) = (0, 0.0, 0)
    while start < ranked.count {
      var end = start + 1
      while end < ranked.count,
        ranked[end].value == ranked[start].value || ranked[start].value.isNaN
      { end += 1 }
      let gained = ranked[start..<end].count { $0.isTrue }
      found += gained
      sum += Double(gained) * Double(found) / Double(end)
      start = end
    }
    return sum / Double(found)
  }
}
