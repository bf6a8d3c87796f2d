import Foundation

/// How a list is to depart from the order of the model's scores: so that its items differ from each other,
/// and so that it does not hold what everybody has seen.
///
/// It is made of a pool, the best items by score that may be listed: ten times as many as are wanted, but at
/// least ``poolSizes``' lower and at most its upper bound, or as many as are wanted. For an item i with
/// score s(i) and n(i) ratings, over the pool,
///
///     relevance(i) = (1 - p) (s(i) - s_min) / (s_max - s_min) + p (1 - log(1 + n(i)) / log(1 + n_max))
///
/// where p is ``popularityDamping``. Items are taken one after the other, each time the one with the
/// greatest
///
///     (1 - d) relevance(i) - d max over the items j taken of similarity(i, j)
///
/// where d is ``diversity`` (maximal marginal relevance: Carbonell, Goldstein, "The Use of MMR,
/// Diversity-Based Reranking for Reordering Documents and Producing Summaries", 1998) and the similarity is
/// the model's own (the cosine of vectors, or ``ScoredModel/similarItems(to:)``), relative to the greatest between
/// two of the pool, and 0 where it is less: ``PoolSimilarity``. Among equals the one that the model ranks higher comes first.
package struct Reranking: Sendable, Equatable {
  /// From 0, by relevance alone, to 1, after the first by how little it is like the others alone.
  package var diversity = 0.0
  /// From 0, by score alone, to 1, the least rated of the pool first.
  package var popularityDamping = 0.0

  package static let poolSizes = 100...1000

  /// The order of the scores.
  package init() {}

  /// Whether lists are left in the order of the scores.
  package var isNone: Bool { diversity == 0 && popularityDamping == 0 }

  /// How many items a list of `count` is made of, where the catalogue has as many.
  func poolSize(for count: Int) -> Int {
    guard !isNone else { return count }
    let (wanted, isHuge) = count.multipliedReportingOverflow(by: 10)
    let bounds = Self.poolSizes
    return max(
      count, isHuge ? bounds.upperBound : min(max(wanted, bounds.lowerBound), bounds.upperBound))
  }

  /// The places in the pool of the best `count`, in their order. `scores` are what the pool is ranked by,
  /// falling; `counts` its items' numbers of ratings. `similarities` writes how alike the item at a place is
  /// to each one of the pool. O(count x pool) and as many similarities.
  func places(
    count: Int, scores: [Double], counts: [Int],
    similarities: (_ place: Int, _ to: inout [Float]) -> Void
  ) -> [Int] {
    let relevances = relevances(scores, counts)
    var left = Array(scores.indices)
    var taken: [Int] = []
    var redundancies = [Double](repeating: 0, count: scores.count)
    var row = [Float](repeating: 0, count: scores.count)
    while taken.count < count, !left.isEmpty {
      var (best, bestValue) = (0, -Double.infinity)
      for (position, place) in left.enumerated() {
        let value = (1 - diversity) * relevances[place] - diversity * redundancies[place]
        if value > bestValue { (best, bestValue) = (position, value) }
      }
      // In the order of the pool, which breaks ties.
      let place = left.remove(at: best)
      taken.append(place)
      guard diversity > 0, taken.count < count else { continue }
      similarities(place, &row)
      for other in left {
        redundancies[other] = max(redundancies[other], Double(row[other]))
      }
    }
    return taken
  }

  private func relevances(_ scores: [Double], _ counts: [Int]) -> [Double] {
    let (low, high) = (scores.min() ?? 0, scores.max() ?? 0)
    let range = high - low
    let most = counts.max() ?? 0
    return zip(scores, counts).map { score, count in
      let share = range > 0 ? (score - low) / range : 1
      guard popularityDamping > 0 else { return share }
      let popularity = most > 0 ? log1p(Double(count)) / log1p(Double(most)) : 0
      return (1 - popularityDamping) * share + popularityDamping * (1 - popularity)
    }
  }
}
