import Errors
import ModelRegistry
import TensorCore

/// How far ratings lie from what a factor model predicts: with the variance
///
///     v_u + v_i + n_u n_i
///
/// where v is what is not known of a row, and n the user's and the item's part of the noise in ratings, which no model
/// predicts.
package struct RatingSpread: Sendable, Equatable {
  /// The share of ratings that ``RatingSpread/interval(around:variance:bounds:)`` is to hold.
  package static let level = 0.9
  /// The deviations from the mean within which a normal distribution has that share.
  private static let reach = Float(1.6448536)

  /// For each user, then for each item, v and n, row-major.
  package let users: [Float]
  package let items: [Float]
  /// The lowest and the highest rating that the model has seen.
  package let bounds: ClosedRange<Float>

  /// Traps unless there are two numbers a row.
  package init(users: [Float], items: [Float], bounds: ClosedRange<Float>) {
    precondition(users.count % 2 == 0 && items.count % 2 == 0)
    self.users = users
    self.items = items
    self.bounds = bounds
  }

  /// What is written of it.
  var tensors: [OutgoingTensor] {
    [
      OutgoingTensor("user_spread", [users.count / 2, 2], users),
      OutgoingTensor("item_spread", [items.count / 2, 2], items),
      OutgoingTensor("rating_bounds", [bounds.lowerBound, bounds.upperBound]),
    ]
  }

  /// The interval around a prediction, as far as it lies within the bounds, and at least the prediction
  /// itself brought within them.
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

/// ``RatingSpread`` as it lies in a mapped file.
struct RatingSpreadColumns: Sendable {
  let users: TensorColumn<Float>
  let items: TensorColumn<Float>
  let bounds: TensorColumn<Float>

  /// Nil when the file has none. Throws ``ModelFileError`` when a tensor is missing or of another shape.
  init?(_ reader: TensorReader, users userCount: Int, items itemCount: Int) throws(ModelFileError) {
    guard reader.has("user_spread") else { return nil }
    users = try reader.column("user_spread", [userCount, 2])
    items = try reader.column("item_spread", [itemCount, 2])
    bounds = try reader.column("rating_bounds", [2])
  }

  /// What is not known of a user, and the user's part of the noise, on the mean: O(users).
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

  /// Throws where a number is not finite, a variance below 0, or the bounds are none.
  func verify(place: String) throws(ModelFileError) {
    for (name, column) in [("user_spread", users), ("item_spread", items)] {
      try column.verifyFinite(name, rowLength: 2, place: place)
      if let flaw = column.withElements({ $0.firstIndex { $0 < 0 } }) {
        throw .badContents("row \(flaw / 2) of \(name) is below 0", place: place)
      }
    }
    try bounds.verifyFinite("rating_bounds", place: place)
    guard bounds[0] <= bounds[1] else {
      throw .badContents("rating_bounds are \(bounds[0]) and \(bounds[1])", place: place)
    }
  }

  /// The interval around the prediction for a pair, of the mean of the users where there is no user; nil in a damaged file.
  func interval(around prediction: Float, user: Int?, item: Int) -> ClosedRange<Float>? {
    let (open, noise) = user.map { (users[2 * $0], users[2 * $0 + 1]) } ?? meanUser
    let variance = open + items[2 * item] + noise * items[2 * item + 1]
    guard variance.isFinite, prediction.isFinite, bounds[0] <= bounds[1] else { return nil }
    return RatingSpread.interval(
      around: prediction, variance: variance, bounds: bounds[0]...bounds[1])
  }
}
