/// A small seeded generator, so that a test's random data is the same at every run
/// (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
package struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// A generator whose numbers follow from `seed` alone.
  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// The number at position `counter` of the sequence from seed 0: what scripts in `fixtures` compute
  /// as well, so that inputs need not stand in their files.
  package static func number(at counter: UInt64) -> UInt64 {
    var generator = SplitMix64(seed: counter &* 0x9E37_79B9_7F4A_7C15)
    return generator.next()
  }
}
