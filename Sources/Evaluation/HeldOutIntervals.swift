package import Interactions
import Ratings
package import Recommenders
import TensorCore

/// A model's prediction intervals for held-out ratings, and their coverage.
///
/// Only ratings by users and of items known to the model count: it gives no interval for others.
package struct HeldOutIntervals: Sendable {
  /// The nominal coverage of the intervals.
  package static var level: Double { RatingSpread.level }
  private static let usersPerChunk = 256

  private let heldOut: HeldOutRatings
  /// The lower and upper bound of each held-out rating's interval; NaN if there is none.
  private let bounds: [SIMD2<Float>]

  /// Computes the intervals of `model`; nil if it gives none. O(held-out ratings x factors); 8 bytes per rating.
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

  /// The coverage and width of the intervals of some ratings.
  package struct Coverage: Sendable, Equatable {
    /// The number of ratings with an interval.
    package let count: Int
    /// The fraction of these that lie in their intervals.
    package let share: Double
    /// The 95 % bootstrap interval of `share`, resampling users; nil for a single user.
    package let shareInterval: ClosedRange<Double>?
    /// The mean width of the intervals, in the unit of the ratings, and the bootstrap interval of that mean.
    package let width: Double
    package let widthInterval: ClosedRange<Double>?

    /// The figures, by their names in reports.
    package var figures: [(name: String, value: Double, interval: ClosedRange<Double>?)] {
      let level = Int(HeldOutIntervals.level * 100)
      return [
        ("inInterval@\(level)", share, shareInterval),
        ("intervalWidth@\(level)", width, widthInterval),
      ]
    }

    /// Creates a coverage from per-user sums: of the ratings that lie in their intervals, and of the widths.
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

  /// Returns the coverage over all held-out ratings.
  package func coverage(threadCount: Int) -> Coverage? {
    coverage(at: 0..<heldOut.count, threadCount: threadCount)
  }

  /// Returns the coverage over the held-out ratings of a slice.
  package func coverage(on slice: Slice, threadCount: Int) -> Coverage? {
    coverage(at: slice.positions, threadCount: threadCount)
  }

  /// Returns the coverage over the folds of a cross-validation; nil if no rating has an interval. Users are resampled
  /// with all their ratings, across folds. O(ratings).
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

  /// Returns the coverage over the ratings at `positions`, which must ascend; nil if none has an interval.
  private func coverage(at positions: some Collection<Int>, threadCount: Int) -> Coverage? {
    let told = positions.filter(tells)
    guard !told.isEmpty else { return nil }
    let users = heldOut.ratings.users
    return Coverage(
      shares: UserSums(at: told, by: users, holds), widths: UserSums(at: told, by: users, width),
      threadCount: threadCount)
  }

  /// Whether the rating at `position` has an interval.
  private func tells(_ position: Int) -> Bool { bounds[position].x.isFinite }

  /// Returns 1 if the rating lies in its interval, else 0.
  private func holds(_ position: Int) -> Double {
    let value = heldOut.values[position]
    return value >= bounds[position].x && value <= bounds[position].y ? 1 : 0
  }

  private func width(_ position: Int) -> Double {
    Double(bounds[position].y - bounds[position].x)
  }
}
