import Errors
import Ratings

/// How ratings are divided into a training part and a held-out part.
///
/// A rating's side under ``random(share:seed:)`` follows from a hash of the seed and the two ids
/// alone: it stays there however the data grows, so that two nights' models can be judged on the
/// same held-out ratings, and the held-out number is only about the share.
package enum Split: Equatable, Sendable {
  /// Everything is for training.
  case none
  /// Each rating is held out with the probability `share`, 0 < share < 1, decided by hash.
  case random(share: Double, seed: UInt64)
  /// One of `count` parts into which such hashes divide the ratings, by its number from 0: for
  /// cross-validation, where each rating is held out once. The first of five is `random(share: 0.2)`.
  case fold(Int, of: Int, seed: UInt64)
  /// The newest `share` of all ratings is held out: those from one moment on, ratings of the same
  /// moment on the same side, so that it may be more. Every rating needs a time.
  case time(share: Double)
  /// Of each user with more than `count` ratings, the newest `count` (of the same moment, those of
  /// the higher item rows); users with fewer are left in training. Every rating needs a time.
  case lastPerUser(count: Int)
  /// Of each user's n ratings, the `share * n`, rounded to nearest and at most n - 1, with the
  /// lowest hashes.
  case sharePerUser(share: Double, seed: UInt64)

  /// Whether ratings need times to be split like this.
  package var needsTimes: Bool {
    switch self {
    case .none, .random, .fold, .sharePerUser: false
    case .time, .lastPerUser: true
    }
  }

  /// Whether the side of a rating follows from its ids, whatever other ratings there are.
  package var goesByTheRatingAlone: Bool {
    switch self {
    case .none, .random, .fold: true
    case .time, .lastPerUser, .sharePerUser: false
    }
  }
}

extension Split: CustomStringConvertible {
  /// Reads `none`, `random:0.2`, `time:0.1`, `last:1` or `user-share:0.2`. The seed is for those
  /// that draw. Throws ``InteractionErrorCode/badSplit`` when `text` is none of these, a share is
  /// not between 0 and 1, or a count is below 1.
  package init(_ text: String, seed: UInt64 = 0) throws(InteractionError) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let share = parts.count == 2 ? Double(parts[1]) : nil
    switch (parts[0], parts.count) {
    case ("none", 1):
      self = .none
    case ("random", 2):
      self = .random(share: share ?? .nan, seed: seed)
    case ("time", 2):
      self = .time(share: share ?? .nan)
    case ("last", 2):
      self = .lastPerUser(count: Int(parts[1]) ?? 0)
    case ("user-share", 2):
      self = .sharePerUser(share: share ?? .nan, seed: seed)
    default:
      throw InteractionError(
        .badSplit, "not a split", place: "split \(text)",
        remedy: "Write none, random:0.2, time:0.1, last:1 or user-share:0.2.")
    }
    do { try check() } catch {
      throw InteractionError(
        error.code, error.problem, place: "split \(text)", remedy: error.remedy)
    }
  }

  /// The split as it is written on the command line, without its seed.
  package var description: String {
    switch self {
    case .none: "none"
    case .random(let share, _): "random:\(share)"
    case .fold(let number, let count, _): "fold \(number + 1) of \(count)"
    case .time(let share): "time:\(share)"
    case .lastPerUser(let count): "last:\(count)"
    case .sharePerUser(let share, _): "user-share:\(share)"
    }
  }

  /// Throws ``InteractionErrorCode/badSplit`` unless the share or count is within its bounds.
  func check() throws(InteractionError) {
    switch self {
    case .none:
      break
    case .random(let share, _), .time(let share), .sharePerUser(let share, _):
      guard share > 0, share < 1 else {
        throw InteractionError(
          .badSplit, "the share is not a number between 0 and 1", place: "split \(self)",
          remedy: "Write a share such as 0.2.")
      }
    case .fold(let number, let count, _):
      guard count >= 2, 0..<count ~= number else {
        throw InteractionError(
          .badSplit, "there is no such part", place: "split \(self)",
          remedy: "Ask for two folds or more.")
      }
    case .lastPerUser(let count):
      guard count >= 1 else {
        throw InteractionError(
          .badSplit, "the count is not a whole number from 1", place: "split \(self)",
          remedy: "Write a count such as 1.")
      }
    }
  }
}

extension InteractionTable {
  /// For each rating whether `split` held it out, for certain, of those that `wereThere` says and perhaps
  /// some that `mayHaveBeen`; none of the others. As more ratings hold more out, those are counted that were
  /// there, and all are in the order. Throws ``InteractionError`` `missingTimes` where the split needs times
  /// that ratings lack.
  package func surelyHeldOut(
    by split: Split, of wereThere: [Bool], andPerhaps mayHaveBeen: [Bool]
  ) throws(InteractionError) -> [Bool] {
    guard !split.goesByTheRatingAlone else {
      return zip(try heldOutMask(split), wereThere).map { $0 && $1 }
    }
    let positions = (0..<count).filter { wereThere[$0] || mayHaveBeen[$0] }
    let part = self.part { wereThere[$0] || mayHaveBeen[$0] }.table
    let mask = try part.heldOutMask(split) { wereThere[positions[$0]] }
    var isHeldOut = wereThere
    for (position, other) in zip(positions, mask) {
      isHeldOut[position] = other && wereThere[position]
    }
    return isHeldOut
  }

  /// For each rating whether `split` holds it out, whose numbers follow from how many of the ratings are
  /// counted: all of them, unless `isCounted` says otherwise.
  func heldOutMask(
    _ split: Split, counting isCounted: (Int) -> Bool = { _ in true }
  ) throws(InteractionError) -> [Bool] {
    try split.check()
    if split.needsTimes { try checkTimes(for: split) }
    switch split {
    case .none:
      return Array(repeating: false, count: count)
    case .random(let share, let seed):
      // The hash is uniform over 0 ..< 2^64, and the share below 1.
      let bound = UInt64(share * 0x1p64)
      let hashes = RatingHashes(self, seed: seed)
      return (0..<count).map { hashes.hash(users[$0], items[$0]) < bound }
    case .fold(let number, let folds, let seed):
      let hashes = RatingHashes(self, seed: seed)
      return (0..<count).map {
        hashes.hash(users[$0], items[$0]).multipliedFullWidth(by: UInt64(folds)).high
          == UInt64(number)
      }
    case .time(let share):
      let rank = Int((share * Double((0..<count).count(where: isCounted))).rounded(.up))
      guard let times, rank > 0 else { return Array(repeating: false, count: count) }
      let cut = newest(rank, of: times)
      return times.map { $0 >= cut }
    case .lastPerUser(let last):
      let times = times ?? []
      return heldOutPerUser(
        count: { $0 > last ? last : 0 }, of: isCounted, precedes: { times[$0] > times[$1] })
    case .sharePerUser(let share, let seed):
      let hashes = RatingHashes(self, seed: seed)
      func hash(_ position: Int) -> UInt64 { hashes.hash(users[position], items[position]) }
      return heldOutPerUser(
        count: { min(Int((share * Double($0)).rounded()), $0 - 1) }, of: isCounted,
        precedes: { hash($0) < hash($1) })
    }
  }

  private func checkTimes(for split: Split) throws(InteractionError) {
    let missing = times.map { times in times.count { $0 == Timestamp.missing } } ?? count
    guard missing == 0 else {
      throw InteractionError(
        .missingTimes, "\(missing) of \(count) ratings have no time", place: "split \(split)",
        remedy: "Split another way, such as random:0.2, or import the ratings with their times.")
    }
  }

  /// Holds out `heldOutCount(n)` of each user's ratings, of which n are counted: the first in the order of `precedes`,
  /// among equals those of the higher item rows.
  private func heldOutPerUser(
    count heldOutCount: (Int) -> Int, of isCounted: (Int) -> Bool,
    precedes: (Int, Int) -> Bool
  ) -> [Bool] {
    var heldOut = [Bool](repeating: false, count: count)
    for user in 0..<userCount {
      let positions = positions(of: UserIndex(user))
      let held = heldOutCount(positions.count(where: isCounted))
      guard held > 0 else { continue }
      let order = positions.sorted { a, b in
        precedes(a, b) ? true : precedes(b, a) ? false : a > b
      }
      for position in order.prefix(held) { heldOut[position] = true }
    }
    return heldOut
  }
}

/// The value that stands at place `rank`, from 1, when `times` are ordered newest first: found digit
/// by digit, 16 bits at a time, without a sorted copy. O(4 count).
private func newest(_ rank: Int, of times: [Int64]) -> Int64 {
  precondition((1...times.count).contains(rank))
  var rank = rank
  var prefix: UInt64 = 0
  for digit in (0..<4).reversed() {
    let shift = UInt64(digit * 16)
    var counts = [Int](repeating: 0, count: 1 << 16)
    for time in times {
      let key = sortable(time)
      // The digits above this one; none for the first.
      if digit == 3 || key >> (shift + 16) == prefix >> (shift + 16) {
        counts[Int(truncatingIfNeeded: key >> shift & 0xFFFF)] += 1
      }
    }
    var value = counts.count - 1
    while rank > counts[value] {
      rank -= counts[value]
      value -= 1
    }
    prefix |= UInt64(value) << shift
  }
  return Int64(bitPattern: prefix ^ 1 << 63)
}

/// Unsigned numbers in the order of the signed ones.
private func sortable(_ time: Int64) -> UInt64 { UInt64(bitPattern: time) ^ 1 << 63 }

/// A number for each (seed, user, item) that depends on nothing else: neither on the other ratings,
/// nor on rows, process or version. Half of the work is done once per user and per item.
struct RatingHashes {
  private let users: [UInt64]
  private let items: [UInt64]

  init(_ table: InteractionTable, seed: UInt64) {
    let base = mixed(seed)
    users = hashes(of: table.userIdentifiers, base)
    items = hashes(of: table.itemIdentifiers, ~base)
  }

  /// The number of the rating of the item at row `item` by the user at row `user`: uniform over
  /// 0 ..< 2^64.
  func hash(_ user: UInt32, _ item: UInt32) -> UInt64 {
    mixed(users[Int(user)] &+ 0x9E37_79B9_7F4A_7C15 &* items[Int(item)])
  }
}

extension IdentifierColumn {
  /// A number for each id, uniform over 0 ..< 2^64, that follows from the id and `seed` alone: not from
  /// its row, nor from what other ids there are. O(ids).
  package func hashes(seed: UInt64) -> [UInt64] { Interactions.hashes(of: self, mixed(seed)) }
}

/// Integers are mixed with the base; texts by FNV-1a (Fowler, Noll, Vo) started from it.
private func hashes(of column: IdentifierColumn, _ base: UInt64) -> [UInt64] {
  switch column {
  case .integers(let integers):
    integers.map { mixed(UInt64(bitPattern: $0) ^ base) }
  case .texts(let texts):
    (0..<texts.count).map { position in
      var hash = base ^ 0xCBF2_9CE4_8422_2325
      for byte in texts.bytes[texts.range(at: position)] {
        hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
      }
      return mixed(hash)
    }
  }
}

/// Spreads every bit of `value` over all 64: the finaliser of SplitMix64 (Steele, Lea, Flood, "Fast
/// splittable pseudorandom number generators", 2014). The same in every process and version.
func mixed(_ value: UInt64) -> UInt64 {
  var value = value &+ 0x9E37_79B9_7F4A_7C15
  value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
  value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
  return value ^ (value >> 31)
}
