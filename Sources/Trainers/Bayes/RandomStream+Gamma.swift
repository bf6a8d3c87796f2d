import Foundation
import TensorCore

extension RandomStream {
  /// Returns a standard normal variate in double precision, by Marsaglia's polar method.
  mutating func nextNormal() -> Double {
    while true {
      let (x, y) = (2 * nextUnit() - 1, 2 * nextUnit() - 1)
      let square = x * x + y * y
      if square > 0, square < 1 { return x * (-2 * log(square) / square).squareRoot() }
    }
  }

  /// Returns a gamma variate of rate 1 (Marsaglia, Tsang, "A simple method for generating gamma variables", 2000).
  /// Traps if the shape is below 1.
  mutating func nextGamma(shape: Double) -> Double {
    precondition(shape >= 1, "a shape of \(shape)")
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = nextNormal()
      let root = 1 + c * x
      guard root > 0 else { continue }
      let cube = root * root * root
      if log(1 - nextUnit()) < x * x / 2 + d - d * cube + d * log(cube) { return d * cube }
    }
  }

  /// Returns a uniform variate in `0 ..< 1` with 53 random bits.
  private mutating func nextUnit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
