import Evaluation
import Foundation
import Interactions
import Ratings
import Recommenders
import TensorCore

/// Chooses the weights of a blend's parts by their quality on held-out ratings.
///
/// NDCG@10 over the whole catalogue is measured at every point of a grid on the simplex (shares of 0, 0.05 ... 1 for
/// two parts, 0, 0.1 ... 1 for three), for up to ``BlendSample/limit`` users. It is flat around its maximum, and the
/// exact position of the maximum is noise. The result is therefore the mean of all points that are worse than the best
/// by at most one standard error of the per-user difference (the one-standard-error rule: Breiman, Friedman, Olshen,
/// Stone, "Classification and Regression Trees", 1984, section 3.4.3, here for a mean instead of the simplest).
enum BlendShares {
  /// The fraction of the training ratings used to learn shares.
  static let heldOutShare = 0.1
  private static let listLength = 10

  /// Returns the best shares of `parts` on the held-out part of `ratings`; nil if no user can be evaluated.
  /// O(users x items x points), plus one scoring by each part. Memory: 8 bytes per user and point.
  static func best(
    of parts: LearnedParts, on ratings: SplitRatings, in context: ComputeContext
  ) -> [Double]? {
    var rows: [(user: Int, heldOut: Range<Int>)] = []
    let heldOut = ratings.heldOut
    for position in 0..<heldOut.count where heldOut.users[position] != HeldOutRatings.unknown {
      let user = Int(heldOut.users[position])
      if rows.last?.user == user {
        rows[rows.count - 1].heldOut = rows[rows.count - 1].heldOut.lowerBound..<position + 1
      } else {
        rows.append((user, position..<position + 1))
      }
    }
    guard !rows.isEmpty else { return nil }
    let chosen = BlendSample.rows(of: rows.count).map { rows[$0] }
    let points = grid(of: parts.parts.count)
    let figures = context.mapChunks(of: chosen.count, size: 8) { chunk in
      var lists = BlendedLists(parts)
      return chunk.flatMap { place in
        let (user, positions) = chosen[place]
        let items = heldOut.items[positions]
        lists.score(UserIndex(user))
        return points.map { shares in
          let list = lists.best(listLength, by: shares)
          return JudgedList.ndcg(
            of: list.map { items.contains($0) }, heldOut: items.count, at: listLength)
        }
      }
    }.flatMap(\.self)
    return mean(of: points, figures)
  }

  /// Returns the mean of the points that are not clearly worse than the best. `figures` is row-major: users x points.
  static func mean(of points: [[Double]], _ figures: [Double]) -> [Double] {
    let userCount = figures.count / points.count
    func total(_ point: Int) -> Double {
      (0..<userCount).reduce(0) { $0 + figures[$1 * points.count + point] }
    }
    let totals = points.indices.map(total)
    let best = points.indices.max { (totals[$0], $1) < (totals[$1], $0) } ?? 0
    let near = points.indices.filter { point in
      var (sum, squares) = (0.0, 0.0)
      for user in 0..<userCount {
        let difference = figures[user * points.count + best] - figures[user * points.count + point]
        sum += difference
        squares += difference * difference
      }
      let mean = sum / Double(userCount)
      let variance = max(0, squares / Double(userCount) - mean * mean)
      return mean <= (variance / Double(userCount)).squareRoot()
    }
    let shares = points[best].indices.map { part in
      near.reduce(0) { $0 + points[$1][part] } / Double(near.count)
    }
    // Round as in the record, so that training from the record gives the same model.
    return numbers(in: text(shares)) ?? shares
  }

  /// Returns the grid points of the simplex for `partCount` parts.
  static func grid(of partCount: Int) -> [[Double]] {
    let steps = partCount == 2 ? 20 : 10
    func points(_ parts: Int, _ left: Int) -> [[Int]] {
      guard parts > 1 else { return [[left]] }
      return (0...left).flatMap { first in points(parts - 1, left - first).map { [first] + $0 } }
    }
    return points(partCount, steps).map { $0.map { Double($0) / Double(steps) } }
  }

  /// Returns the shares as written on the command line.
  static func text(_ shares: [Double]) -> String {
    shares.map { String(format: "%.4g", $0) }.joined(separator: ",")
  }

  /// Parses shares. Nil unless all are numbers of at least 0, and not all are 0.
  static func numbers(in text: String) -> [Double]? {
    let pieces = text.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = pieces.compactMap { Double($0) }.filter { $0.isFinite && $0 >= 0 }
    guard numbers.count == pieces.count, case let sum = numbers.reduce(0, +), sum.isFinite, sum > 0
    else { return nil }
    return numbers
  }
}

/// Computes blended lists, one user at a time.
private struct BlendedLists {
  private let parts: LearnedParts
  /// The standardised scores of all items, per part. Rated items score below all others.
  private var scores: [[Float]]
  private var sums: [Float]

  init(_ parts: LearnedParts) {
    self.parts = parts
    sums = [Float](repeating: 0, count: parts.itemCount)
    scores = parts.parts.map { _ in [Float](repeating: 0, count: parts.itemCount) }
  }

  /// Scores all items for a user with each part.
  mutating func score(_ row: UserIndex) {
    for (number, part) in parts.parts.enumerated() {
      let user = part.model.user(at: row)
      scores[number].withUnsafeMutableBufferPointer { scores in
        part.model.writeScores(for: user, of: 0..<parts.itemCount, to: scores)
        for item in scores.indices { scores[item] = (scores[item] - part.mean) / part.deviation }
        for item in user.ratedItems { scores[Int(item)] = -.infinity }
      }
    }
  }

  /// Returns the user's best unrated items, best first.
  mutating func best(_ count: Int, by shares: [Double]) -> [UInt32] {
    for item in sums.indices { sums[item] = 0 }
    // A part with share 0 would turn the scores of excluded items into NaN.
    for (own, share) in zip(scores, shares) where share > 0 {
      let share = Float(share)
      for item in sums.indices { sums[item] += share * own[item] }
    }
    var top: [(item: UInt32, score: Float)] = []
    for (item, score) in sums.enumerated()
    where score > top.last?.score ?? -.infinity || (top.count < count && score > -.infinity) {
      let place = top.firstIndex { $0.score < score } ?? top.count
      top.insert((UInt32(item), score), at: place)
      if top.count > count { top.removeLast() }
    }
    return top.map(\.item)
  }
}
