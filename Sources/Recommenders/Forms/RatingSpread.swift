import Errors
import ModelRegistry
import TensorCore

/// The variance of ratings around the predictions of a factor model:
///
///     v_u + v_i + n_u n_i
///
/// where v is the uncertainty about a row, and n the user's and the item's share of the noise in ratings, which no
/// model can predict.
package struct RatingSpread: Sendable, Equatable {
  /// The nominal coverage of ``RatingSpread/interval(around:variance:bounds:)``.
  package static let level = 0.9
  /// The number of standard deviations around the mean of a normal distribution with that coverage.
  private static let reach = Float(1.6448536)

  /// The pairs of v and n of each user, and of each item, row-major.
  package let users: [Float]
  package let items: [Float]
  /// The lowest and the highest rating in the training data.
  package let bounds: ClosedRange<Float>

  /// Creates variances. Traps unless there are two numbers per row.
  package init(users: [Float], items: [Float], bounds: ClosedRange<Float>) {
    precondition(users.count % 2 == 0 && items.count % 2 == 0)
    self.users = users
    self.items = items
    self.bounds = bounds
  }

  /// The tensors in the file.
  var tensors: [OutgoingTensor] {
    [
      OutgoingTensor("user_spread", [users.count / 2, 2], users),
      OutgoingTensor("item_spread", [items.count / 2, 2], items),
      OutgoingTensor("rating_bounds", [bounds.lowerBound, bounds.upperBound]),
    ]
  }

  /// Returns the interval around a prediction, clamped to the bounds. It always contains the prediction clamped to
  /// the bounds.
  static func interval(
    around prediction: Float, variance: Float, bounds: ClosedRange<Float>
  ) -> ClosedRange<Float> {
    let half = reach * max(0, variance).squareRoot()
    func within(_ number: Float) -> Float {
      min(max(number, bounds.lowerBound), bounds.upperBound)
    }
    return within(prediction - half)...within(prediction + half)
  }
}

/// The ``RatingSpread`` of a mapped file.
struct RatingSpreadColumns: Sendable {
  let users: TensorColumn<Float>
  let items: TensorColumn<Float>
  let bounds: TensorColumn<Float>

  /// Reads the variances from a file. Nil if it has none. Throws ``ModelFileError`` if a tensor is missing or has the
  /// wrong shape.
  init?(_ reader: TensorReader, users userCount: Int, items itemCount: Int) throws(ModelFileError) {
    guard reader.has("user_spread") else { return nil }
    users = try reader.column("user_spread", [userCount, 2])
    items = try reader.column("item_spread", [itemCount, 2])
    bounds = try reader.column("rating_bounds", [2])
  }

  /// The mean of the users' uncertainties and shares of the noise: O(users).
  var meanUser: (open: Float, noise: Float) {
    users.withElements { users in
      var (open, noise) = (0.0, 0.0)
      for user in stride(from: 0, to: users.count, by: 2) {
        open += Double(users[user])
        noise += Double(users[user + 1])
      }
      let count = Double(max(1, users.count / 2))
      return (Float(open / count), Float(noise / count))
    }
  }

  /// Throws if a number is not finite, a variance is below 0, or the bounds are invalid.
  func verify(place: String) throws(ModelFileError) {
    for (name, column) in [("user_spread", users), ("item_spread", items)] {
      try column.verifyFinite(name, rowLength: 2, place: place)
      if let flaw = column.withElements({ $0.firstIndex { $0 < 0 } }) {
        throw .badContents("row \(flaw / 2) of \(name) is below 0", place: place)
      }
    }
    try bounds.verifyFinite("rating_bounds", place: place)
    guard bounds[0] <= bounds[1] else {
      throw .badContents(
        "rating_bounds are not ascending: \(bounds[0]) and \(bounds[1])", place: place)
    }
  }

  /// Returns the interval around the prediction for a user and item, or nil in a damaged file. A nil user counts as
  /// the mean user.
  func interval(around prediction: Float, user: Int?, item: Int) -> ClosedRange<Float>? {
    let (open, noise) = user.map { (users[2 * $0], users[2 * $0 + 1]) } ?? meanUser
    let variance = open + items[2 * item] + noise * items[2 * item + 1]
    guard variance.isFinite, prediction.isFinite, bounds[0] <= bounds[1] else { return nil }
    return RatingSpread.interval(
      around: prediction, variance: variance, bounds: bounds[0]...bounds[1])
  }
}
