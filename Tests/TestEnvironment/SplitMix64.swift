/// A small seeded generator, so that a test's random data is the same in every run (Steele, Lea, Flood, "Fast
/// splittable pseudorandom number generators", 2014).
package struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Creates a generator whose numbers depend on `seed` alone.
  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// Returns the number at position `counter` of the sequence for seed 0. Scripts in `fixtures` compute the same
  /// numbers, so that their files need not contain inputs.
  package static func number(at counter: UInt64) -> UInt64 {
    var generator = SplitMix64(seed: counter &* 0x9E37_79B9_7F4A_7C15)
    return generator.next()
  }
}
