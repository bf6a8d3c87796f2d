import TensorCore

/// Bootstrap confidence intervals for a figure or a difference of two, resampling users with replacement (Efron,
/// "Bootstrap Methods: Another Look at the Jackknife", 1979; the percentile interval).
///
/// Users are resampled with all their ratings, since one user's ratings depend on each other. Above 4096 users, groups
/// of equal size are resampled instead, which is as informative. The draws are deterministic.
enum Bootstrap {
  /// The confidence level of the intervals.
  static let confidence = 0.95
  private static let drawCount = 2000
  private static let mostGroups = 4096

  /// Returns the interval of `figure` of the mean of `sums`; nil for fewer than two users, which allow no estimate.
  static func interval(
    of sums: UserSums, figure: @Sendable (Double) -> Double, threadCount: Int
  ) -> ClosedRange<Double>? {
    interval(of: [sums], threadCount: threadCount) { means in figure(means[0]) }
  }

  /// Returns the interval of `gain` of the means of `sums` and `others`, a paired bootstrap: both are resampled with
  /// the same users. Nil for fewer than two users.
  static func interval(
    of sums: UserSums, over others: UserSums, threadCount: Int,
    gain: @Sendable (Double, Double) -> Double
  ) -> ClosedRange<Double>? {
    precondition(sums.counts == others.counts, "both are judged on the same users")
    return interval(of: [sums, others], threadCount: threadCount) { means in
      gain(means[0], means[1])
    }
  }

  private static func interval(
    of sums: [UserSums], threadCount: Int, figure: @Sendable ([Double]) -> Double
  ) -> ClosedRange<Double>? {
    let userCount = sums[0].sums.count
    guard userCount > 1 else { return nil }
    let groupCount = min(userCount, mostGroups)
    func grouped(_ numbers: [Double]) -> [Double] {
      var groups = [Double](repeating: 0, count: groupCount)
      for (user, number) in numbers.enumerated() { groups[user % groupCount] += number }
      return groups
    }
    let (groups, counts) = (sums.map { grouped($0.sums) }, grouped(sums[0].counts))
    let figures = ComputeContext(threadCount: threadCount).mapChunks(of: drawCount, size: 50) {
      draws in
      draws.map { draw in
        var random = RandomStream(seed: 0, stream: UInt64(draw))
        var drawn = [Int32](repeating: 0, count: groupCount)
        for _ in 0..<groupCount { drawn[Int(random.next(below: UInt32(groupCount)))] += 1 }
        func total(_ numbers: [Double]) -> Double {
          zip(numbers, drawn).reduce(0) { $0 + $1.0 * Double($1.1) }
        }
        let count = total(counts)
        return figure(groups.map { total($0) / count })
      }
    }.flatMap(\.self).sorted()
    let outside = Int((1 - confidence) / 2 * Double(drawCount))
    return figures[outside]...figures[drawCount - 1 - outside]
  }
}
