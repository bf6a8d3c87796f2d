import Errors
import Ratings

extension InteractionTable {
  /// For each rating whether `split` holds it out.
  func heldOutMask(_ split: Split) throws(InteractionError) -> [Bool] {
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
    case .time(let share):
      guard let times, count > 0 else { return [] }
      let cut = newest(Int((share * Double(count)).rounded(.up)), of: times)
      return times.map { $0 >= cut }
    case .lastPerUser(let last):
      let times = times ?? []
      return heldOutPerUser(
        count: { $0 > last ? last : 0 }, precedes: { times[$0] > times[$1] })
    case .sharePerUser(let share, let seed):
      let hashes = RatingHashes(self, seed: seed)
      func hash(_ position: Int) -> UInt64 { hashes.hash(users[position], items[position]) }
      return heldOutPerUser(
        count: { min(Int((share * Double($0)).rounded()), $0 - 1) },
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

  /// Holds out `heldOutCount(n)` of each user's n ratings: the first in the order of `precedes`,
  /// among equals those of the higher item rows.
  private func heldOutPerUser(
    count heldOutCount: (Int) -> Int, precedes: (Int, Int) -> Bool
  ) -> [Bool] {
    var heldOut = [Bool](repeating: false, count: count)
    for user in 0..<userCount {
      let positions = positions(of: UserIndex(user))
      let held = heldOutCount(positions.count)
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
