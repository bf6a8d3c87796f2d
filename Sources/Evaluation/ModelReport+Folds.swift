package import Interactions
import Ratings

extension ModelReport {
  /// Combines the reports of the folds of a cross-validation, each evaluated on its own held-out part. Errors are over
  /// all ratings, list metrics over each user's list in each fold. Users are resampled with all their ratings, across
  /// folds. Figures that cannot be attributed to users are means over folds. O(users x folds).
  package init(name: String, folds: [(report: ModelReport, heldOut: HeldOutRatings)]) {
    var users = FoldedUsers()
    var sums: [Metric: FoldedSums] = [:]
    for fold in folds {
      let table = fold.heldOut.ratings
      let rows = (0..<table.userCount).map { UserIndex($0) }
      let all = users.places(of: rows, in: table)
      // Only users known from training have lists.
      let known = zip(rows, all).filter { row, _ in
        fold.heldOut.users[table.positions(of: row).lowerBound] != HeldOutRatings.unknown
      }.map(\.1)
      for (metric, own) in fold.report.sums {
        var folded = sums.removeValue(forKey: metric) ?? FoldedSums()
        folded.add(own, at: metric.isOfPredictions ? all : known)
        sums[metric] = folded
      }
    }
    var figures: [Metric: Double] = [:]
    for metric in Metric.detailed where sums[metric] == nil {
      let own = folds.compactMap { $0.report[metric] }
      if !own.isEmpty { figures[metric] = own.reduce(0, +) / Double(own.count) }
    }
    self.init(
      name: name,
      sums: sums.mapValues { $0.joined(count: users.count) }, figures: figures)
  }
}
