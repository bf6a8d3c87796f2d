/// The per-user sums and counts whose overall mean is a metric.
package struct UserSums: Sendable, Equatable {
  /// The sum of each user.
  let sums: [Double]
  /// The number of terms in each sum.
  let counts: [Double]

  /// Creates sums of `counts[n]` terms each.
  package init(sums: [Double], counts: [Double]) {
    precondition(sums.count == counts.count, "one count a sum")
    self.sums = sums
    self.counts = counts
  }

  /// Sums `term` over the ratings at `positions` for each user. The users must ascend.
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

  /// Creates sums of one figure per user.
  package init(_ figures: [Double]) {
    self.init(sums: figures, counts: Array(repeating: 1, count: figures.count))
  }

  /// The mean over all terms; NaN without any.
  var mean: Double { sums.reduce(0, +) / counts.reduce(0, +) }
}
