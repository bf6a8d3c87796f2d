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

  /// For each user of the ratings at `positions`, whose users ascend, the sum of `term` of them.
  init(
    at positions: some Collection<Int>, by users: [UInt32], _ term: (_ position: Int) -> Double
  ) {
    var (sums, counts) = ([Double](), [Double]())
    var last: UInt32?
    for position in positions {
      if users[position] != last {
        last = users[position]
        sums.append(0)
        counts.append(0)
      }
      sums[sums.count - 1] += term(position)
      counts[counts.count - 1] += 1
    }
    self.init(sums: sums, counts: counts)
  }

  /// One figure a user.
  package init(_ figures: [Double]) {
    self.init(sums: figures, counts: Array(repeating: 1, count: figures.count))
  }

  /// The mean over all users; NaN without any.
  var mean: Double { sums.reduce(0, +) / counts.reduce(0, +) }
}
