import TensorCore

/// The effect on recommendation lists of dropping small item-item weights.
enum KeptLists {
  /// The length of the lists.
  private static let length = 10

  /// Returns the fraction of items in the lists of `users` by all weights that are also in their lists by the kept
  /// ones. `scores` returns both scores of all items for a user with the given items, which are excluded from lists.
  static func share(
    of users: [Int], with lists: RatingLists, in context: ComputeContext,
    scores: @Sendable (_ own: [Int]) -> (all: [Float], kept: [Float])
  ) -> Float {
    let counts = context.mapChunks(of: users.count, size: 8) { chunk in
      chunk.reduce((same: 0, all: 0)) { counts, number in
        let own = lists.positions(of: users[number]).map { Int(lists.others[$0]) }
        let scores = scores(own)
        let all = top(scores.all, without: own)
        let same = all.intersection(top(scores.kept, without: own))
        return (counts.same + same.count, counts.all + all.count)
      }
    }
    let (same, all) = counts.reduce((0, 0)) { ($0.0 + $1.same, $0.1 + $1.all) }
    return all == 0 ? 1 : Float(same) / Float(all)
  }

  private static func top(_ scores: [Float], without own: [Int]) -> Set<Int> {
    var scores = scores
    for item in own { scores[item] = -.infinity }
    let best = scores.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }
    return Set(best.prefix(length).filter { scores[$0] > -.infinity })
  }
}
