import Foundation

/// The departure of a list from the order of the model's scores: to diversify its items, and to avoid items that
/// everybody has seen.
///
/// A list is chosen from a pool of the best items by score that may be listed. The pool has ten times the requested
/// number of items, clamped to ``poolSizes``, but never fewer than requested. For an item i with score s(i) and n(i)
/// ratings, over the pool,
///
///     relevance(i) = (1 - p) (s(i) - s_min) / (s_max - s_min) + p (1 - log(1 + n(i)) / log(1 + n_max))
///
/// where p is ``popularityDamping``. Items are chosen one after the other, each time the one with the greatest
///
///     (1 - d) relevance(i) - d max over the chosen items j of similarity(i, j)
///
/// where d is ``diversity`` (maximal marginal relevance: Carbonell, Goldstein, "The Use of MMR, Diversity-Based
/// Reranking for Reordering Documents and Producing Summaries", 1998). The similarity is the model's own (the cosine
/// of vectors, or ``ScoredModel/similarItems(to:)``), divided by the greatest between two items of the pool, and 0 if
/// negative: ``PoolSimilarity``. Ties are broken by the model's ranking.
package struct Reranking: Sendable, Equatable {
  /// The diversity: 0 for relevance only; 1 for dissimilarity only, after the first item.
  package var diversity = 0.0
  /// The popularity damping: 0 for score only; 1 for the least rated of the pool first.
  package var popularityDamping = 0.0

  package static let poolSizes = 100...1000

  /// Creates a reranking that keeps the order of the scores.
  package init() {}

  /// Whether lists keep the order of the scores.
  package var isNone: Bool { diversity == 0 && popularityDamping == 0 }

  /// Returns the number of items from which a list of `count` is chosen, if the catalogue has as many.
  func poolSize(for count: Int) -> Int {
    guard !isNone else { return count }
    let (wanted, isHuge) = count.multipliedReportingOverflow(by: 10)
    let bounds = Self.poolSizes
    return max(
      count, isHuge ? bounds.upperBound : min(max(wanted, bounds.lowerBound), bounds.upperBound))
  }

  /// Returns the positions in the pool of the best `count`, in order. `scores` are what the pool is ranked by,
  /// descending; `counts` are its items' numbers of ratings. `similarities` writes the similarity of the item at a
  /// position to each item of the pool. O(count x pool), and as many similarities.
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
      // Removal keeps the order of the pool, which breaks ties.
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
