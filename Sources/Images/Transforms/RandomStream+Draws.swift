import Foundation
package import TensorCore

extension RandomStream {
  /// The first stream number for images: the highest bit is set, then come the epoch and the image. This keeps them
  /// apart from streams for other purposes.
  private static let firstImageStream: UInt64 = 1 << 63

  /// Creates the stream for an image in an epoch, both counted from 0: the same whenever and on whichever thread it
  /// is created. Traps beyond 2^31 epochs or 2^32 images.
  package init(seed: UInt64, epoch: Int, image: Int) {
    precondition(epoch >> 31 == 0 && image >> 32 == 0, "epoch \(epoch), image \(image)")
    self.init(
      seed: seed, stream: Self.firstImageStream | UInt64(epoch) << 32 | UInt64(image))
  }

  /// Returns a number from 0 to below 1, from 32 random bits.
  package mutating func unit() -> Double { Double(nextWord()) * 0x1p-32 }

  /// Returns a number uniformly distributed over a range.
  mutating func number(in range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * unit()
  }

  /// Returns true with the given probability.
  package mutating func happens(_ probability: Double) -> Bool { unit() < probability }

  /// Returns an integer in `0 ..< bound`.
  mutating func index(below bound: Int) -> Int { Int(next(below: UInt32(bound))) }

  /// Draws from the symmetric beta distribution, whose two parameters are `alpha`, above 0: near 0 and 1 if that is
  /// small, uniform at 1, near a half if large.
  ///
  /// Uses Jöhnk's method up to 1, with powers as logarithms since they underflow, and Ulrich's above (Devroye,
  /// "Non-uniform random variate generation", 1986, IX.3.5 and IX.4.3).
  package mutating func beta(_ alpha: Double) -> Double {
    precondition(alpha > 0, "a beta distribution of \(alpha)")
    guard alpha <= 1 else {
      let length = (1 - pow(1 - unit(), 2 / (2 * alpha - 1))).squareRoot()
      return 0.5 * (1 + length * cos(2 * .pi * unit()))
    }
    while true {
      // Uniform numbers above 0 and up to 1.
      let (one, other) = (log(1 - unit()) / alpha, log(1 - unit()) / alpha)
      if exp(one) + exp(other) <= 1 { return 1 / (1 + exp(other - one)) }
    }
  }
}
