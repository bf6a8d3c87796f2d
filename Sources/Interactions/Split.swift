import Errors
import Ratings

/// A method of dividing ratings into a training part and a held-out part.
///
/// Under ``random(share:seed:)`` the side of a rating depends only on a hash of the seed and the two ids. A rating
/// stays on its side as the data grows, so that models of different nights can be evaluated on the same held-out
/// ratings. The number held out therefore only approximates the share.
package enum Split: Equatable, Sendable {
  /// All ratings are for training.
  case none
  /// Holds out each rating with probability `share`, 0 < share < 1, decided by hash.
  case random(share: Double, seed: UInt64)
  /// Holds out one of `count` folds by hash, numbered from 0. For cross-validation, in which each rating is held out
  /// once. The first of five folds equals `random(share: 0.2)`.
  case fold(Int, of: Int, seed: UInt64)
  /// Holds out the newest `share` of all ratings: those from one point in time on. Ratings with equal times stay on the
  /// same side, so that more may be held out. Every rating needs a time.
  case time(share: Double)
  /// Holds out the newest `count` ratings of each user with more than `count`. Ties go to the higher item rows. All
  /// ratings of other users stay in training. Every rating needs a time.
  case lastPerUser(count: Int)
  /// Holds out the `share * n` ratings with the lowest hashes of each user's n ratings, rounded to nearest and at most
  /// n - 1.
  case sharePerUser(share: Double, seed: UInt64)

  /// Whether the split needs ratings with times.
  package var needsTimes: Bool {
    switch self {
    case .none, .random, .fold, .sharePerUser: false
    case .time, .lastPerUser: true
    }
  }

  /// Whether the side of a rating depends only on its ids, independent of other ratings.
  package var goesByTheRatingAlone: Bool {
    switch self {
    case .none, .random, .fold: true
    case .time, .lastPerUser, .sharePerUser: false
    }
  }
}

extension Split: CustomStringConvertible {
  /// Parses `none`, `random:0.2`, `time:0.1`, `last:1` or `user-share:0.2`. The seed applies to `random` and
  /// `user-share`.
  ///
  /// Throws ``InteractionErrorCode/badSplit`` if `text` is none of these, a share is not between 0 and 1, or a count is
  /// below 1.
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
        .badSplit, "not a valid split", place: "split \(text)",
        remedy: "Write none, random:0.2, time:0.1, last:1 or user-share:0.2.")
    }
    do { try check() } catch {
      throw InteractionError(
        error.code, error.problem, place: "split \(text)", remedy: error.remedy)
    }
  }

  /// The split as written on the command line, without its seed. A fold reads `fold 1 of 5`.
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

  /// Throws ``InteractionErrorCode/badSplit`` if the share or count is out of range.
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
          .badSplit, "there is no such fold", place: "split \(self)",
          remedy: "Use two or more folds.")
      }
    case .lastPerUser(let count):
      guard count >= 1 else {
        throw InteractionError(
          .badSplit, "the count is not a positive integer", place: "split \(self)",
          remedy: "Write a count such as 1.")
      }
    }
  }
}

extension InteractionTable {
  /// Returns for each rating whether it was certainly held out when `split` was applied to an earlier state of the
  /// table. `wereThere` marks the ratings that were present then; `mayHaveBeen` marks those that may have been. All
  /// other ratings are false.
  ///
  /// More ratings mean that more are held out. So the number held out is computed from the ratings that were certainly
  /// present, while all candidates take part in the order. Throws ``InteractionError`` `missingTimes` if the split
  /// needs times that ratings lack.
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

  /// Returns for each rating whether `split` holds it out. Numbers of held-out ratings are computed from the ratings
  /// for which `isCounted` is true, by default all.
  func heldOutMask(
    _ split: Split, counting isCounted: (Int) -> Bool = { _ in true }
  ) throws(InteractionError) -> [Bool] {
    try split.check()
    if split.needsTimes { try checkTimes(for: split) }
    switch split {
    case .none:
      return Array(repeating: false, count: count)
    case .random(let share, let seed):
      // The hash is uniform over 0 ..< 2^64, and the share is below 1.
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

  /// Holds out `heldOutCount(n)` of each user's ratings, n of which are counted: the first in the order of `precedes`.
  /// Ties go to the higher item rows.
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

/// Returns the time at position `rank`, from 1, of `times` sorted newest first. Selects it digit by digit, 16 bits at a
/// time, without a sorted copy. O(4 count).
private func newest(_ rank: Int, of times: [Int64]) -> Int64 {
  precondition((1...times.count).contains(rank))
  var rank = rank
  var prefix: UInt64 = 0
  for digit in (0..<4).reversed() {
    let shift = UInt64(digit * 16)
    var counts = [Int](repeating: 0, count: 1 << 16)
    for time in times {
      let key = sortable(time)
      // Only times that match the higher digits; all times for the first digit.
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

/// Maps signed numbers to unsigned ones in the same order.
private func sortable(_ time: Int64) -> UInt64 { UInt64(bitPattern: time) ^ 1 << 63 }

/// Hashes of (seed, user, item) that depend on nothing else: not on other ratings, rows, process or version. Half of
/// the work is done once per user and per item.
struct RatingHashes {
  private let users: [UInt64]
  private let items: [UInt64]

  init(_ table: InteractionTable, seed: UInt64) {
    let base = mixed(seed)
    users = hashes(of: table.userIdentifiers, base)
    items = hashes(of: table.itemIdentifiers, ~base)
  }

  /// Returns the hash of the rating of item row `item` by user row `user`, uniform over 0 ..< 2^64.
  func hash(_ user: UInt32, _ item: UInt32) -> UInt64 {
    mixed(users[Int(user)] &+ 0x9E37_79B9_7F4A_7C15 &* items[Int(item)])
  }
}

extension IdentifierColumn {
  /// Returns a hash of each id, uniform over 0 ..< 2^64. It depends only on the id and `seed`, not on rows or other
  /// ids. O(ids).
  package func hashes(seed: UInt64) -> [UInt64] { Interactions.hashes(of: self, mixed(seed)) }
}

/// Returns a hash of each id: integers are mixed with `base`; texts are hashed with FNV-1a (Fowler, Noll, Vo)
/// initialised from it.
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

/// Diffuses every bit of `value` over all 64: the finaliser of SplitMix64 (Steele, Lea, Flood, "Fast splittable
/// pseudorandom number generators", 2014). Stable across processes and versions.
func mixed(_ value: UInt64) -> UInt64 {
  var value = value &+ 0x9E37_79B9_7F4A_7C15
  value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
  value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
  return value ^ (value >> 31)
}
