/// A hash that depends only on a seed and a text, on every machine: FNV-1a, with its bits mixed as in SplitMix64.
/// Items ordered by it keep their order as others come and go.
enum StableHash {
  /// Returns `items` of a data set in an order independent of a split by the same seed.
  static func order(of items: some Sequence<Int>, _ names: [String], seed: UInt64) -> [Int] {
    items.map { (hash: of("shown " + names[$0], seed: seed), item: $0) }
      .sorted { ($0.hash, $0.item) < ($1.hash, $1.item) }.map(\.item)
  }

  static func of(_ text: String, seed: UInt64) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ mixed(seed &+ 0x9E37_79B9_7F4A_7C15)
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return mixed(hash)
  }

  private static func mixed(_ value: UInt64) -> UInt64 {
    var mixed = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
