import Foundation

/// How a share, such as the accuracy, varies between groups of samples; shows where a model is weak.
package struct GroupFigures: Sendable, Equatable {
  /// One group.
  package struct Group: Sendable, Equatable {
    package let name: String
    package let count: Int
    /// The share of correct samples and its 95 % confidence interval (Wilson's score interval: Wilson, "Probable
    /// Inference, the Law of Succession, and Statistical Inference", 1927).
    package let share: Double
    package let interval: ClosedRange<Double>
    /// Whether the share over all samples lies above the interval.
    package let isWeak: Bool
  }

  /// The groups, weakest first by the upper end of their intervals, ties by name.
  package let groups: [Group]

  /// Computes the groups' shares from the group of each sample and whether it was right. Traps unless both have the
  /// same count.
  package init(of names: [String], isRight: [Bool]) {
    precondition(names.count == isRight.count, "a group a sample")
    var counts: [String: (right: Int, all: Int)] = [:]
    for (name, isRight) in zip(names, isRight) {
      counts[name, default: (0, 0)].all += 1
      if isRight { counts[name, default: (0, 0)].right += 1 }
    }
    let whole = Double(isRight.count { $0 }) / Double(max(isRight.count, 1))
    groups = counts.map { name, count in
      let interval = Self.interval(count.right, of: count.all)
      return Group(
        name: name, count: count.all, share: Double(count.right) / Double(count.all),
        interval: interval, isWeak: interval.upperBound < whole)
    }.sorted { ($0.interval.upperBound, $0.name) < ($1.interval.upperBound, $1.name) }
  }

  static func interval(_ right: Int, of all: Int) -> ClosedRange<Double> {
    let (z, n) = (1.959_963_985, Double(all))
    let share = Double(right) / n
    let middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    return max(0, middle - half)...min(1, middle + half)
  }
}
