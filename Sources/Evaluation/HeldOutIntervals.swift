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
    var users = FoldedUsers()
    var (shares, widths) = (FoldedSums(), FoldedSums())
    for fold in folds {
      let table = fold.heldOut.ratings
      let told = (0..<fold.heldOut.count).filter(fold.tells)
      let rows = (0..<table.userCount).map { UserIndex($0) }.filter {
        table.positions(of: $0).contains(where: fold.tells)
      }
      let places = users.places(of: rows, in: table)
      shares.add(UserSums(at: told, by: table.users, fold.holds), at: places)
      widths.add(UserSums(at: told, by: table.users, fold.width), at: places)
    }
    guard users.count > 0 else { return nil }
    return Coverage(
      shares: shares.joined(count: users.count), widths: widths.joined(count: users.count),
      threadCount: threadCount)
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
