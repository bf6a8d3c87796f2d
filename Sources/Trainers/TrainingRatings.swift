import Errors
import Interactions
import Learning
import Recommenders

/// The ratings of a training by rows, in the layout that training loops read.
package struct TrainingRatings {
  /// Stands for a user or an item that is absent from the training part.
  static let unknown = HeldOutRatings.unknown

  /// Three parallel columns of ratings.
  struct Columns {
    let users: [UInt32]
    let items: [UInt32]
    let values: [Float]
    var count: Int { values.count }
  }

  let userCount: Int
  let itemCount: Int
  let training: Columns
  let heldOut: Columns?

  /// Takes the ratings of `data`. Throws ``TrainingError`` `badData` if one is not finite.
  init(checking data: TrainingData) throws(TrainingError) {
    let (training, heldOut) = (data.training, data.heldOut)
    try data.checkValues()
    userCount = training.userCount
    itemCount = training.itemCount
    self.training = Columns(users: training.users, items: training.items, values: training.values)
    self.heldOut = heldOut.map { Columns(users: $0.users, items: $0.items, values: $0.values) }
  }

  /// Returns twice the mean squared error of zero tables, which predict the middle of the range, or 0 without a range.
  /// At least a thousandth of the range's square, in case all ratings lie in the middle.
  func lossBound(_ range: OutputRange?) -> Double {
    let middle = range.map { Double($0.lower + $0.upper) / 2 } ?? 0
    let floor = range.map { Double($0.upper - $0.lower) * Double($0.upper - $0.lower) / 1000 } ?? 1
    let sum = training.values.reduce(0.0) { $0 + (Double($1) - middle) * (Double($1) - middle) }
    return max(2 * sum / Double(max(training.count, 1)), floor)
  }
}

extension TrainingData {
  /// Throws ``TrainingError`` `badData` if a rating is not finite.
  func checkValues() throws(TrainingError) {
    guard training.values.allSatisfy({ $0.isFinite }),
      heldOut?.values.allSatisfy({ $0.isFinite }) ?? true
    else {
      throw TrainingError(
        .badData, "a rating is not finite", place: "ratings",
        remedy: "Correct it and import it again.")
    }
  }
}

extension Trainer {
  /// Throws ``TrainingError``: `badOption`, or `badData` if a rating is not finite or there are none.
  func check(_ data: TrainingData) throws(TrainingError) {
    try checkOptions()
    try data.checkValues()
    guard data.training.count > 0 else {
      throw TrainingError(
        .badData, "there are no ratings", place: "ratings", remedy: "Import some first.")
    }
  }
}
