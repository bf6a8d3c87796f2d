/// Looks for the best of random candidates within a time, by successive halving (Jamieson, Talwalkar,
/// "Non-stochastic Best Arm Identification and Hyperparameter Optimization", 2016; with thirds, as in
/// Li et al., "Hyperband", 2018): all are learned for a ninth of the passes, the best third of them for a
/// third, and the best third of those to the end. Candidate 0 is what is usual: it is learned to the end
/// first, which also tells how many others there is time for.
///
///     let best = try HalvingSearch(seconds: 600, isHalving: true).best { candidate, share in
///       (loss: try train(candidate, share), seconds: 12)
///     }
package struct HalvingSearch {
  /// The time that there is.
  package let seconds: Double
  /// Whether a candidate can be learned for a share of its passes; else each is learned to the end.
  package let isHalving: Bool

  package init(seconds: Double, isHalving: Bool) {
    self.seconds = seconds
    self.isHalving = isHalving
  }

  /// The most candidates: more random ones hardly find anything better.
  package static let mostCandidates = 243
  private static let shares = [1.0 / 9, 1.0 / 3, 1]

  /// What a candidate came to.
  package typealias Trial = (loss: Double?, seconds: Double)

  /// The candidate of the least loss of those that were learned to the end; 0 where there was no time for
  /// others. `trial` learns a candidate for a share of its passes; a loss of nil is that of one of which
  /// nothing can be learned.
  package func best(
    _ trial: (_ candidate: Int, _ share: Double) throws -> Trial
  ) rethrows -> Int {
    let usual = try trial(0, 1)
    var best = (candidate: 0, loss: usual.loss.map { $0.isNaN ? .infinity : $0 } ?? .infinity)
    var spent = usual.seconds
    let rungs = plan(secondsEach: usual.seconds)
    /// What each candidate is expected to take to the end, by how long it took so far.
    var wholeSeconds: [Int: Double] = [:]
    var candidates = Array(1..<(1 + (rungs.first?.count ?? 0)))
    for (number, rung) in rungs.enumerated() {
      // Each rung has its part of the time: candidates that turn out slow must not leave all unfinished.
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

  /// How many candidates are learned, and for which share of their passes, where one to the end takes so
  /// many seconds.
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
