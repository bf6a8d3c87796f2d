package import Interactions
import Ratings

extension ModelReport {
  /// What models of one kind are worth over the folds of a cross-validation, each judged on its own. Errors are
  /// of all ratings, lists those of each user in each fold. When users are drawn anew, all that is theirs goes
  /// along, from whatever folds. Figures that no user has a part in are means over folds. O(users x folds).
  package init(name: String, folds: [(report: ModelReport, heldOut: HeldOutRatings)]) {
    var users = FoldedUsers()
    var sums: [Metric: FoldedSums] = [:]
    for fold in folds {
      let table = fold.heldOut.ratings
      let rows = (0..<table.userCount).map { UserIndex($0) }
      let all = users.places(of: rows, in: table)
      // Lists are made for those whom something was learned of.
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
