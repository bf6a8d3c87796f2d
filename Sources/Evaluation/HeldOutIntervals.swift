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
  }

  /// The coverage of all held-out ratings.
  package func coverage(threadCount: Int) -> Coverage? {
    coverage(at: 0..<heldOut.count, threadCount: threadCount)
  }

  /// The coverage of the held-out ratings of a slice.
  package func coverage(on slice: Slice, threadCount: Int) -> Coverage? {
    coverage(at: slice.positions, threadCount: threadCount)
  }

  /// Of the ratings at `positions`, which ascend; nil where none has an interval.
  private func coverage(at positions: some Collection<Int>, threadCount: Int) -> Coverage? {
    let told = positions.filter { bounds[$0].x.isFinite }
    guard !told.isEmpty else { return nil }
    let users = heldOut.ratings.users
    let shares = UserSums(at: told, by: users) { position in
      let (value, bounds) = (heldOut.values[position], bounds[position])
      return value >= bounds.x && value <= bounds.y ? 1 : 0
    }
    let widths = UserSums(at: told, by: users) { Double(bounds[$0].y - bounds[$0].x) }
    func interval(_ sums: UserSums) -> ClosedRange<Double>? {
      Bootstrap.interval(of: sums, figure: { $0 }, threadCount: threadCount)
    }
    return Coverage(
      count: told.count, share: shares.mean, shareInterval: interval(shares),
      width: widths.mean, widthInterval: interval(widths))
  }
}
