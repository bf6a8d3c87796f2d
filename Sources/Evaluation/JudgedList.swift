import Foundation

/// A user's list of recommendations, best first, held against his held-out items. All of those
/// count as relevant, whatever their value.
package struct JudgedList: Sendable {
  /// For each place of the list whether its item was held out.
  package let hits: [Bool]
  /// How many items of the user were held out, whether the model knows them or not.
  package let heldOutCount: Int

  /// Traps unless at least one item was held out.
  package init(hits: [Bool], heldOutCount: Int) {
    precondition(heldOutCount > 0)
    self.hits = hits
    self.heldOutCount = heldOutCount
  }

  /// Normalised discounted cumulative gain of the first `count` places: the sum over hits at place
  /// r, from 1, of 1 / log2(r + 1), over the greatest it can be, with hits in the first
  /// min(count, held-out items) places (Järvelin, Kekäläinen, "Cumulated Gain-Based Evaluation of IR
  /// Techniques", 2002, with gains 0 and 1).
  package func ndcg(at count: Int) -> Double {
    func gain(_ place: Int) -> Double { 1 / log2(Double(place) + 2) }
    let ideal = (0..<min(count, heldOutCount)).reduce(0) { $0 + gain($1) }
    guard ideal > 0 else { return 0 }
    return hits.prefix(count).enumerated().reduce(0) { $0 + ($1.element ? gain($1.offset) : 0) }
      / ideal
  }

  /// Hits among the first `count` places over min(count, held-out items), so that a perfect list
  /// has 1.
  package func recall(at count: Int) -> Double {
    let most = min(count, heldOutCount)
    return most == 0 ? 0 : Double(hits.prefix(count).count { $0 }) / Double(most)
  }

  /// Whether there is a hit among the first `count` places.
  package func isHit(at count: Int) -> Bool { hits.prefix(count).contains(true) }
}
