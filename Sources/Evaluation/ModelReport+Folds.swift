package import Interactions
import Ratings

extension ModelReport {
  /// What models of one kind are worth over the folds of a cross-validation, each judged on its own. Errors are
  /// of all ratings, lists those of each user in each fold. When users are drawn anew, all that is theirs goes
  /// along, from whatever folds. Figures that no user has a part in are means over folds. O(users x folds).
  package init(name: String, folds: [(report: ModelReport, heldOut: HeldOutRatings)]) {
    var places: [UserID: Int] = [:]
    var sums: [Metric: (sums: [Double], counts: [Double])] = [:]
    for fold in folds {
      let table = fold.heldOut.ratings
      let all = (0..<table.userCount).map { row in
        let user = table.identifier(of: UserIndex(row))
        if let place = places[user] { return place }
        places[user] = places.count
        return places.count - 1
      }
      // Lists are made for those whom something was learned of.
      let known = all.indices.filter {
        fold.heldOut.users[table.positions(of: UserIndex($0)).lowerBound] != HeldOutRatings.unknown
      }.map { all[$0] }
      for (metric, own) in fold.report.sums {
        let users = metric.isOfPredictions ? all : known
        precondition(users.count == own.sums.count, "a report on these ratings")
        var (values, counts) = sums.removeValue(forKey: metric) ?? ([], [])
        values += Array(repeating: 0, count: places.count - values.count)
        counts += Array(repeating: 0, count: places.count - counts.count)
        for (user, (sum, count)) in zip(users, zip(own.sums, own.counts)) {
          values[user] += sum
          counts[user] += count
        }
        sums[metric] = (values, counts)
      }
    }
    var figures: [Metric: Double] = [:]
    for metric in Metric.detailed where sums[metric] == nil {
      let own = folds.compactMap { $0.report[metric] }
      if !own.isEmpty { figures[metric] = own.reduce(0, +) / Double(own.count) }
    }
    self.init(
      name: name,
      sums: sums.mapValues { values, counts in
        let missing = [Double](repeating: 0, count: places.count - values.count)
        return UserSums(sums: values + missing, counts: counts + missing)
      }, figures: figures)
  }
}
