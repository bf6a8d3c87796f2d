import Foundation
import Ratings
import TensorCore

/// Synthetic ratings with planted preferences. A few users and items have most of the ratings. A rating is the sum of a
/// mean, two biases, the product of eight planted factors and noise, rounded to whole stars from 1 to 5.
struct SyntheticRatings: Sendable {
  let userCount: Int
  let itemCount: Int
  let count: Int
  /// Whether each pair occurs at most once; costs a set of all pairs.
  let isDistinct: Bool
  let seed: UInt64

  private static let factorCount = 8
  /// The time of the first rating: the beginning of 2020.
  private static let start: Int64 = 1_577_836_800

  init(userCount: Int, itemCount: Int, count: Int, isDistinct: Bool = false, seed: UInt64 = 0) {
    precondition(userCount > 0 && itemCount > 0 && count >= 0)
    precondition(
      !isDistinct || count <= userCount * itemCount / 4, "\(count) pairs would be long in coming")
    self.userCount = userCount
    self.itemCount = itemCount
    self.count = count
    self.isDistinct = isDistinct
    self.seed = seed
  }

  /// Returns ratings with about the shape of MovieLens 1M at 900,000 ratings: as many users and items per rating.
  static func likeMovieLens(count: Int) -> SyntheticRatings {
    let scale = (Double(count) / 900_000).squareRoot()
    return SyntheticRatings(
      userCount: max(8, Int(6040 * scale)), itemCount: max(8, Int(3706 * scale)), count: count,
      isDistinct: true)
  }

  /// Passes the ratings to `body` in batches, in random order, one second apart. The batch is reused.
  func forEachBatch(
    of size: Int = RatingBatch.usualCount, _ body: (borrowing RatingBatch) throws -> Void
  ) rethrows {
    let width = Self.factorCount + 1
    let userTastes = normalNumbers(userCount * width, seed: seed, stream: 1)
    let itemTastes = normalNumbers(itemCount * width, seed: seed, stream: 2)
    var random = RandomStream(seed: seed, stream: 3)
    var pairs: Set<UInt64> = []
    var batch = RatingBatch(userType: .integer, itemType: .integer)
    var made = 0
    while made < count {
      // Squares and cubes concentrate on low numbers, the active users and popular items.
      let user = Self.draw(&random, below: userCount) { $0 * $0 }
      let item = Self.draw(&random, below: itemCount) { $0 * $0 * $0 }
      if isDistinct, !pairs.insert(UInt64(user) << 32 | UInt64(item)).inserted { continue }
      batch.users.append(integer: Int64(user) + 1)
      batch.items.append(integer: Int64(item) + 1)
      batch.values.append(
        Self.value(userTastes, user, itemTastes, item, noise: random.nextWord()))
      batch.times.append((Self.start + Int64(made)) * 1_000_000)
      made += 1
      if batch.count == size { try batch.flush(to: body) }
    }
    try batch.flush(to: body)
  }

  private static func draw(
    _ random: inout RandomStream, below bound: Int, _ crowd: (Double) -> Double
  ) -> Int {
    Int(crowd(Double(random.nextWord()) * 0x1p-32) * Double(bound))
  }

  private static func value(
    _ users: [Float], _ user: Int, _ items: [Float], _ item: Int, noise: UInt32
  ) -> Float {
    let (userStart, itemStart) = (user * (factorCount + 1), item * (factorCount + 1))
    var product: Float = 0
    for factor in 1...factorCount {
      product += users[userStart + factor] * items[itemStart + factor]
    }
    // The sum of two uniform distributions: a triangular one with a standard deviation of 0.8.
    let low = Float(noise & 0xFFFF) * 0x1p-16
    let high = Float(noise >> 16) * 0x1p-16
    let score =
      3.55 + 0.4 * users[userStart] + 0.55 * items[itemStart] + 0.2 * product
      + (low + high - 1) * 1.96
    return min(5, max(1, score.rounded()))
  }
}

/// Returns numbers from the standard normal distribution.
func normalNumbers(_ count: Int, seed: UInt64, stream: UInt64) -> [Float] {
  var random = RandomStream(seed: seed, stream: stream)
  return [Float](unsafeUninitializedCapacity: count) { buffer, initializedCount in
    random.fillNormal(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
    initializedCount = count
  }
}
