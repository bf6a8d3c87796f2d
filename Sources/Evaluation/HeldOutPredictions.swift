import Interactions
import Ratings
import Recommenders
import TensorCore

/// A model's predictions of held-out ratings, and their errors.
enum HeldOutPredictions {
  private static let usersPerChunk = 256

  /// Returns the prediction of `model` for each held-out rating; nil if nothing was held out or the model predicts no
  /// ratings. O(ratings x factors); 4 bytes per rating.
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

  /// Returns the per-user sums of terms over the ratings at `positions`, which must ascend, for each of `metrics` that
  /// is computed from errors. Empty without predictions.
  static func sums(
    of metrics: [Metric], _ predictions: [Float]?, on heldOut: HeldOutRatings,
    at positions: some Collection<Int>
  ) -> [Metric: UserSums] {
    guard let predictions, !positions.isEmpty else { return [:] }
    var sums: [Metric: UserSums] = [:]
    for metric in metrics {
      guard case .predictions(let term, _) = metric.basis else { continue }
      sums[metric] = UserSums(at: positions, by: heldOut.ratings.users) { position in
        term(Double(predictions[position]) - Double(heldOut.values[position]))
      }
    }
    return sums
  }
}
