import Ratings

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
