/// A random search for the best candidate within a time limit, by successive halving (Jamieson, Talwalkar,
/// "Non-stochastic Best Arm Identification and Hyperparameter Optimization", 2016; with thirds, as in Li et
/// al., "Hyperband", 2018). All candidates are trained for a ninth of the passes, the best third of them for
/// a third, and the best third of those to the end. Candidate 0, the defaults, is first trained to the end.
/// Its time determines how many other candidates there is time for.
///
///     let best = try HalvingSearch(seconds: 600, isHalving: true).best { candidate, share in
///       (loss: try train(candidate, share), seconds: 12)
///     }
package struct HalvingSearch {
  /// The time limit.
  package let seconds: Double
  /// Whether a candidate can be trained for a fraction of its passes; else each is trained to the end.
  package let isHalving: Bool

  package init(seconds: Double, isHalving: Bool) {
    self.seconds = seconds
    self.isHalving = isHalving
  }

  /// The maximum number of candidates: further random ones hardly ever find anything better.
  package static let mostCandidates = 243
  private static let shares = [1.0 / 9, 1.0 / 3, 1]

  /// The result of training a candidate.
  package typealias Trial = (loss: Double?, seconds: Double)

  /// Returns the candidate with the lowest loss of those trained to the end; 0 if there was no time for
  /// others. `trial` trains a candidate for a fraction of its passes; its loss is nil if the candidate can't
  /// be trained.
  package func best(
    _ trial: (_ candidate: Int, _ share: Double) throws -> Trial
  ) rethrows -> Int {
    let usual = try trial(0, 1)
    var best = (candidate: 0, loss: usual.loss.map { $0.isNaN ? .infinity : $0 } ?? .infinity)
    var spent = usual.seconds
    let rungs = plan(secondsEach: usual.seconds)
    /// For each candidate, the expected time for all passes, estimated from its last trial.
    var wholeSeconds: [Int: Double] = [:]
    var candidates = Array(1..<(1 + (rungs.first?.count ?? 0)))
    for (number, rung) in rungs.enumerated() {
      // Each rung has its own share of the time, so that slow candidates do not leave all of them unfinished.
      let end = spent + (seconds - spent) / Double(rungs.count - number)
      var losses: [(candidate: Int, loss: Double)] = []
      for candidate in candidates.prefix(rung.count) {
        let expected = rung.share * (wholeSeconds[candidate] ?? usual.seconds)
        guard spent + expected <= end else { continue }
        let tried = try trial(candidate, rung.share)
        spent += tried.seconds
        wholeSeconds[candidate] = tried.seconds / rung.share
        if let loss = tried.loss, !loss.isNaN { losses.append((candidate, loss)) }
      }
      losses.sort { ($0.loss, $0.candidate) < ($1.loss, $1.candidate) }
      if rung.share == 1, let first = losses.first, first.loss < best.loss { best = first }
      candidates = losses.prefix((losses.count + 2) / 3).map(\.candidate)
    }
    return best.candidate
  }

  /// Returns the number of candidates in each rung and the fraction of passes they are trained for, if
  /// training one to the end takes `secondsEach`.
  package func plan(secondsEach: Double) -> [(share: Double, count: Int)] {
    let room = max(0, seconds / max(secondsEach, 1e-9) - 1)
    if isHalving {
      var count = Self.mostCandidates
      func rungs(_ count: Int) -> [(share: Double, count: Int)] {
        var left = count
        return Self.shares.map { share in
          defer { left = (left + 2) / 3 }
          return (share, left)
        }
      }
      func cost(_ count: Int) -> Double {
        rungs(count).reduce(0) { $0 + $1.share * Double($1.count) }
      }
      while count >= 9, cost(count) > room { count -= 1 }
      if count >= 9 { return rungs(count) }
    }
    let count = Int(min(room, Double(Self.mostCandidates)))
    return count > 0 ? [(1, count)] : []
  }
}
