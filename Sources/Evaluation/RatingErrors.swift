package import Interactions
import Ratings
package import Recommenders

/// How far predicted ratings are from held-out ones.
///
/// Every held-out rating counts, those by users and of items that the model does not know too: for
/// them it predicts with what it knows (``ScoredModel/predict(for:item:)``). Predictions are not
/// clamped to the scale of the ratings, as fastai does not, so that figures can be compared.
package struct RatingErrors: Sendable, Equatable {
  /// The number of ratings judged.
  package let count: Int
  /// The mean of the squared errors.
  package let mse: Double
  /// The mean of the absolute errors.
  package let mae: Double

  /// The square root of ``mse``, in the unit of the ratings.
  package var rmse: Double { mse.squareRoot() }

  /// Errors that are known.
  package init(count: Int, mse: Double, mae: Double) {
    self.count = count
    self.mse = mse
    self.mae = mae
  }

  private static let ratingsPerChunk = 16_384

  /// Judges `model` on `heldOut`, whose users and items it is asked for by id. Nil when there is
  /// nothing to judge. O(ratings x factors); the same to the bit whatever `threadCount` is.
  package init?(of model: any ScoredModel, on heldOut: HeldOutRatings, threadCount: Int) {
    guard heldOut.count > 0 else { return nil }
    let ratings = heldOut.ratings
    let rows = ModelRows(of: ratings, in: model)
    let sums = inParallelChunks(
      of: ratings.count, chunkSize: Self.ratingsPerChunk, threadCount: threadCount
    ) { chunk in
      var (squares, absolutes) = (0.0, 0.0)
      var last = (row: ratings.users[chunk.lowerBound], user: model.user(at: nil))
      for position in chunk {
        // Ratings are sorted by user.
        let row = ratings.users[position]
        if position == chunk.lowerBound || row != last.row {
          last = (row, model.user(at: rows.users[Int(row)]))
        }
        let prediction = model.predict(
          for: last.user, item: rows.items[Int(ratings.items[position])])
        let error = Double(prediction) - Double(ratings.values[position])
        squares += error * error
        absolutes += abs(error)
      }
      return (squares: squares, absolutes: absolutes)
    }
    count = ratings.count
    mse = sums.reduce(0) { $0 + $1.squares } / Double(count)
    mae = sums.reduce(0) { $0 + $1.absolutes } / Double(count)
  }
}
