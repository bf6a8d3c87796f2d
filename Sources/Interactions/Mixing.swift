/// Spreads every bit of `value` over all 64: the finaliser of SplitMix64 (Steele, Lea, Flood, "Fast
/// splittable pseudorandom number generators", 2014). The same in every process and version.
func mixed(_ value: UInt64) -> UInt64 {
  var value = value &+ 0x9E37_79B9_7F4A_7C15
  value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
  value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
  return value ^ (value >> 31)
}
