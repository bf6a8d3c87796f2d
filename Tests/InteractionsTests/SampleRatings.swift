import Interactions
import Ratings
import TestEnvironment

/// Random ratings for tests: few ids, so that pairs repeat.
struct SampleRatings {
  var generator: SplitMix64
  var idType = IdentifierType.integer
  var idCount = 40
  /// The share of ratings with a time; times repeat too.
  var timeShare = 0.5

  init(seed: UInt64) { generator = SplitMix64(seed: seed) }

  mutating func make(_ count: Int) -> [Rating] {
    (0..<count).map { _ in
      Rating(
        user: identifier(), item: identifier(), value: Float.random(in: -5...5, using: &generator),
        time: Double.random(in: 0..<1, using: &generator) < timeShare
          ? Timestamp(microseconds: Int64.random(in: -20...20, using: &generator)) : nil)
    }
  }

  /// Returns random ratings in which each pair occurs at most once, in random order.
  mutating func makeUnique(_ count: Int) -> [Rating] {
    var seen: Set<String> = []
    return make(count).filter { seen.insert("\($0.user)|\($0.item)").inserted }
  }

  private mutating func identifier<Entity>() -> Identifier<Entity> {
    let number = Int64.random(in: 0..<Int64(idCount), using: &generator)
    switch idType {
    case .integer: return Identifier((number - 7) &* 0x1234_5678_9ABC_DEF1)
    // Ids with a common prefix that differ in their last byte, and two encodings of one letter.
    case .text:
      let ending = number % 3 == 0 ? "e\u{301}" : number % 3 == 1 ? "\u{e9}" : ""
      return Identifier(String(repeating: "ab", count: Int(number % 9)) + "\(number)" + ending)
    }
  }
}

func table(
  _ ratings: [Rating], batchSize: Int = 1000, keepingTimes: Bool = true
) throws -> InteractionTable {
  var builder = InteractionTableBuilder(keepingTimes: keepingTimes)
  var batch = RatingBatch(
    userType: ratings.first?.user.type ?? .integer, itemType: ratings.first?.item.type ?? .integer)
  for rating in ratings {
    batch.append(rating)
    if batch.count == batchSize {
      try builder.append(batch)
      batch.removeAll()
    }
  }
  try builder.append(batch)
  return builder.finish()
}

extension InteractionTable {
  /// All rows with their ids.
  var ratings: [Rating] {
    (0..<count).map { position in
      let time = times?[position] ?? Timestamp.missing
      return Rating(
        user: identifier(of: UserIndex(users[position])),
        item: identifier(of: ItemIndex(items[position])), value: values[position],
        time: time == Timestamp.missing ? nil : Timestamp(microseconds: time))
    }
  }
}

/// Returns the ratings a table must contain, computed naively.
func oracle(_ ratings: [Rating]) -> [Rating] {
  var kept: [Pair: Rating] = [:]
  for rating in ratings {
    let pair = Pair(user: rating.user, item: rating.item)
    if let old = kept[pair]?.time, let new = rating.time, old > new { continue }
    kept[pair] = rating
  }
  return kept.values.sorted { ($0.user, $0.item) < ($1.user, $1.item) }
}

struct Pair: Hashable {
  var user: UserID
  var item: ItemID
}
