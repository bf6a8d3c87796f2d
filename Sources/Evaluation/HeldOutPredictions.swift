import Interactions
import Ratings
import Recommenders
import TensorCore

/// The ratings that a model predicts of held-out ones, and their errors.
enum HeldOutPredictions {
  private static let usersPerChunk = 256

  /// For each held-out rating what `model` predicts; nil when nothing was held out, and of a model that
  /// predicts no ratings. O(ratings x factors); 4 bytes a rating.
  static func all(
    by model: any ScoredModel, of heldOut: HeldOutRatings, threadCount: Int
  ) -> [Float]? {
    guard heldOut.count > 0, model.predictsRatings else { return nil }
    let ratings = heldOut.ratings
    let rows = ModelRows(of: ratings, in: model)
    return ComputeContext(threadCount: threadCount).mapChunks(
      of: ratings.userCount, size: usersPerChunk
    ) { users in
      users.flatMap { row in
        let user = model.user(at: rows.users[row])
        return ratings.positions(of: UserIndex(row)).map { position in
          model.predict(for: user, item: rows.items[Int(ratings.items[position])])
        }
      }
    }.flatMap(\.self)
  }

  /// For each of those of `metrics` that are made of errors the sums of their terms by user, of the ratings
  /// at `positions`, which ascend; none without predictions.
  static func sums(
    of metrics: [Metric], _ predictions: [Float]?, on heldOut: HeldOutRatings,
    at positions: some Sequence<Int>
  ) -> [Metric: UserSums] {
    guard let predictions else { return [:] }
    var terms: [(metric: Metric, term: @Sendable (Double) -> Double)] = []
    for metric in metrics {
      guard case .predictions(let term, _) = metric.basis else { continue }
      terms.append((metric, term))
    }
    let (users, values) = (heldOut.ratings.users, heldOut.values)
    var sums = [[Double]](repeating: [], count: terms.count)
    var counts: [Double] = []
    var last: UInt32?
    for position in positions {
      if users[position] != last {
        last = users[position]
        counts.append(0)
        for number in terms.indices { sums[number].append(0) }
      }
      let error = Double(predictions[position]) - Double(values[position])
      for number in terms.indices { sums[number][counts.count - 1] += terms[number].term(error) }
      counts[counts.count - 1] += 1
    }
    guard !counts.isEmpty else { return [:] }
    return Dictionary(
      uniqueKeysWithValues: terms.enumerated().map { number, term in
        (term.metric, UserSums(sums: sums[number], counts: counts))
      })
  }
}
