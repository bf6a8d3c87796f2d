package import Interactions
import Ratings
package import Recommenders
import TensorCore

/// Between which ratings a model says that held-out ones lie, and whether they do.
///
/// Only ratings count by users and of items that the model knows: of others it gives no interval.
package struct HeldOutIntervals: Sendable {
  /// The share of ratings that intervals are to hold.
  package static var level: Double { RatingSpread.level }
  private static let usersPerChunk = 256

  private let heldOut: HeldOutRatings
  /// The lowest and the highest rating of each interval, by held-out rating; NaN where there is none.
  private let bounds: [SIMD2<Float>]

  /// The intervals of `model`; nil where it gives none. O(held-out ratings x factors); 8 bytes a rating.
  package init?(by model: any ScoredModel, of heldOut: HeldOutRatings, threadCount: Int) {
    let ratings = heldOut.ratings
    let rows = ModelRows(of: ratings, in: model)
    let none = SIMD2<Float>(repeating: .nan)
    bounds = ComputeContext(threadCount: threadCount).mapChunks(
      of: ratings.userCount, size: Self.usersPerChunk
    ) { users in
      users.flatMap { row in
        ratings.positions(of: UserIndex(row)).map { position -> SIMD2<Float> in
          guard let user = rows.users[row], let item = rows.items[Int(ratings.items[position])],
            let interval = model.interval(for: user, item: item)
          else { return none }
          return SIMD2(interval.lowerBound, interval.upperBound)
        }
      }
    }.flatMap(\.self)
    self.heldOut = heldOut
    guard bounds.contains(where: { $0.x.isFinite }) else { return nil }
  }

  /// What the intervals of some ratings are worth.
  package struct Coverage: Sendable, Equatable {
    /// How many have one.
    package let count: Int
    /// The share of those whose rating lies in its interval.
    package let share: Double
    /// Where the share is with a probability of 95 %, by drawing users anew; nil of one user.
    package let shareInterval: ClosedRange<Double>?
    /// How wide the intervals are in the mean, in the unit of the ratings, and where that mean is.
    package let width: Double
    package let widthInterval: ClosedRange<Double>?

    /// The figures by the names that reports give them.
    package var figures: [(name: String, value: Double, interval: ClosedRange<Double>?)] {
      let level = Int(HeldOutIntervals.level * 100)
      return [
        ("inInterval@\(level)", share, shareInterval),
        ("intervalWidth@\(level)", width, widthInterval),
      ]
    }

    /// Of how many ratings of each user lie in their intervals, and how wide those are in all.
    fileprivate init(shares: UserSums, widths: UserSums, threadCount: Int) {
      func interval(_ sums: UserSums) -> ClosedRange<Double>? {
        Bootstrap.interval(of: sums, figure: { $0 }, threadCount: threadCount)
      }
      count = Int(shares.counts.reduce(0, +))
      share = shares.mean
      shareInterval = interval(shares)
      width = widths.mean
      widthInterval = interval(widths)
    }
  }

  /// The coverage of all held-out ratings.
  package func coverage(threadCount: Int) -> Coverage? {
    coverage(at: 0..<heldOut.count, threadCount: threadCount)
  }

  /// The coverage of the held-out ratings of a slice.
  package func coverage(on slice: Slice, threadCount: Int) -> Coverage? {
    coverage(at: slice.positions, threadCount: threadCount)
  }

  /// The coverage over the folds of a cross-validation. When users are drawn anew, all that is theirs goes
  /// along, from whatever folds; nil where no rating has an interval. O(ratings).
  package static func coverage(of folds: [HeldOutIntervals], threadCount: Int) -> Coverage? {
    var places: [UserID: Int] = [:]
    var (shares, widths, counts): ([Double], [Double], [Double]) = ([], [], [])
    for fold in folds {
      let table = fold.heldOut.ratings
      for row in 0..<table.userCount {
        let told = table.positions(of: UserIndex(row)).map { Int($0) }.filter(fold.tells)
        guard !told.isEmpty else { continue }
        let place = places[table.identifier(of: UserIndex(row)), default: counts.count]
        if place == counts.count {
          places[table.identifier(of: UserIndex(row))] = place
          shares.append(0)
          widths.append(0)
          counts.append(0)
        }
        shares[place] += told.reduce(0) { $0 + fold.holds($1) }
        widths[place] += told.reduce(0) { $0 + fold.width($1) }
        counts[place] += Double(told.count)
      }
    }
    guard !counts.isEmpty else { return nil }
    return Coverage(
      shares: UserSums(sums: shares, counts: counts),
      widths: UserSums(sums: widths, counts: counts), threadCount: threadCount)
  }

  /// Of the ratings at `positions`, which ascend; nil where none has an interval.
  private func coverage(at positions: some Collection<Int>, threadCount: Int) -> Coverage? {
    let told = positions.filter(tells)
    guard !told.isEmpty else { return nil }
    let users = heldOut.ratings.users
    return Coverage(
      shares: UserSums(at: told, by: users, holds), widths: UserSums(at: told, by: users, width),
      threadCount: threadCount)
  }

  /// Whether there is an interval for the rating at `position`.
  private func tells(_ position: Int) -> Bool { bounds[position].x.isFinite }

  /// 1 where the rating lies in its interval, else 0.
  private func holds(_ position: Int) -> Double {
    let value = heldOut.values[position]
    return value >= bounds[position].x && value <= bounds[position].y ? 1 : 0
  }

  private func width(_ position: Int) -> Double {
    Double(bounds[position].y - bounds[position].x)
  }
}
