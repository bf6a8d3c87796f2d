/// What a metric comes to for each user: it is the mean of all that is summed up here.
package struct UserSums: Sendable, Equatable {
  /// A user's sum.
  let sums: [Double]
  /// Of how many things it is one.
  let counts: [Double]

  /// `sums[n]` of `counts[n]` things each.
  package init(sums: [Double], counts: [Double]) {
    precondition(sums.count == counts.count, "one count a sum")
    self.sums = sums
    self.counts = counts
  }

  /// One figure a user.
  package init(_ figures: [Double]) {
    self.init(sums: figures, counts: Array(repeating: 1, count: figures.count))
  }

  /// The mean over all users; NaN without any.
  var mean: Double { sums.reduce(0, +) / counts.reduce(0, +) }
}
