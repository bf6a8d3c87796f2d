package import TensorCore

extension RandomStream {
  /// Which streams of a seed belong to images: the highest bit set, then the epoch, then the image. Far from those
  /// of other purposes.
  private static let firstImageStream: UInt64 = 1 << 63

  /// What is drawn for an image in an epoch, both counted from 0: the same whenever and on whichever thread it
  /// is drawn. Traps beyond 2^31 epochs or 2^32 images.
  package init(seed: UInt64, epoch: Int, image: Int) {
    precondition(epoch >> 31 == 0 && image >> 32 == 0, "epoch \(epoch), image \(image)")
    self.init(
      seed: seed, stream: Self.firstImageStream | UInt64(epoch) << 32 | UInt64(image))
  }

  /// A number from 0 to below 1, of 32 random bits.
  mutating func unit() -> Double { Double(nextWord()) * 0x1p-32 }

  /// Evenly distributed over a range.
  mutating func number(in range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * unit()
  }

  /// Whether something of this probability happens.
  mutating func happens(_ probability: Double) -> Bool { unit() < probability }

  /// One of `0 ..< bound`.
  mutating func index(below bound: Int) -> Int { Int(next(below: UInt32(bound))) }
}
