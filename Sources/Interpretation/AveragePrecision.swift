/// The mean precision at each true sample when samples are ranked by what is said of them, equal ones together
/// (scikit-learn's `average_precision_score`). What is no number comes last, together.
package enum AveragePrecision {
  /// Of each sample's number and whether it is true; NaN without a true one. O(n log n).
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
