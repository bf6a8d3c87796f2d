import Ratings

/// Several users' questions to an ``ItemScreen``, answered in one pass over it.
struct ScreenQueries {
  /// users x factors.
  private(set) var factors: [Float] = []
  /// What all scores of a user have in common.
  private(set) var offsets: [Float] = []
  /// The length of each user's factors, rounded up.
  private(set) var lengths: [Float] = []
  /// What is added to each user's bounds for rounding.
  private(set) var margins: [Float] = []
  private(set) var excluded: [SortedRows] = []

  /// The number of users.
  var count: Int { offsets.count }

  /// Adds the question for the best items for `user`; answers false, and adds nothing, when
  /// the user's numbers are not finite or so large that products could overflow.
  mutating func add(
    _ user: UserIndex, of model: FactorModel, screen: ItemScreen, excluding excluded: SortedRows
  ) -> Bool {
    let offset = model.globalMean + model.userBias(user)
    let length = model.withUserFactors(user) { euclideanLength($0) }
    guard abs(offset) < RoundingMargins.largest, length < Double(RoundingMargins.largest) else {
      return false
    }
    model.withUserFactors(user) { factors.append(contentsOf: $0) }
    offsets.append(offset)
    lengths.append(Float(length * 1.000_001))
    margins.append(RoundingMargins.slack(offset: offset, biasLimit: screen.biasLimit))
    self.excluded.append(excluded)
    return true
  }
}
