/// Returns numbers in -1 ... 1 that depend on a seed and a position, the same as `fixtures/vision/hashed_numbers.py`
/// computes. Weights and images of goldens therefore need not be shipped.
package func hashedNumbers(_ count: Int, seed: UInt64) -> [Float] {
  (0..<count).map { position in
    var z = (seed << 32 &+ UInt64(position) &+ 1) &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    z ^= z >> 31
    return Float(Double(z >> 40) * 0x1p-23 - 1)
  }
}
