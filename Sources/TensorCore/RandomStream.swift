/// Random numbers that follow from a seed, the number of a stream and a position, on every platform
/// alike: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3",
/// 2011).
///
/// The generator has no state but a counter. Block `n` of stream `s` is the cipher of the counter
/// `(n low, n high, s low, s high)` under the key `(seed low, seed high)`, four 32-bit words, taken in
/// order. Streams of one seed never overlap: give each purpose (a table's start, the shuffle of an
/// epoch) its own.
package struct RandomStream: RandomNumberGenerator, Sendable {
  private let key: SIMD2<UInt32>
  private let stream: UInt64
  /// The next block to be computed.
  private var block: UInt64 = 0
  private var words = SIMD4<UInt32>()
  /// How many of `words` were handed out.
  private var wordsTaken = 4

  /// The stream of the given number, from its start.
  package init(seed: UInt64, stream: UInt64) {
    key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    self.stream = stream
  }

  /// The next 32 bits.
  package mutating func nextWord() -> UInt32 {
    if wordsTaken == 4 {
      words = nextBlock()
      wordsTaken = 0
    }
    defer { wordsTaken += 1 }
    return words[wordsTaken]
  }

  /// The next 64 bits: two words, the lower first.
  package mutating func next() -> UInt64 {
    let low = nextWord()
    return UInt64(low) | UInt64(nextWord()) << 32
  }

  /// A number from `0 ..< bound`, each as likely as the next: Lemire's multiplication with rejection
  /// ("Fast random integer generation in an interval", 2019). Traps when `bound` is 0.
  package mutating func next(below bound: UInt32) -> UInt32 {
    precondition(bound > 0, "no number is below 0")
    var product = UInt64(nextWord()) * UInt64(bound)
    if UInt32(truncatingIfNeeded: product) < bound {
      let rejected = (0 &- bound) % bound
      while UInt32(truncatingIfNeeded: product) < rejected {
        product = UInt64(nextWord()) * UInt64(bound)
      }
    }
    return UInt32(product >> 32)
  }

  /// The next four words that no call has touched yet.
  mutating func nextBlock() -> SIMD4<UInt32> {
    let counter = SIMD4(
      UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32),
      UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32))
    block &+= 1
    return Self.philox(counter, key: key)
  }

  /// The cipher: ten rounds of Philox4x32.
  package static func philox(_ counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var (x0, x1, x2, x3) = (counter[0], counter[1], counter[2], counter[3])
    var (key0, key1) = (key[0], key[1])
    for _ in 0..<10 {
      let first = UInt64(x0) &* 0xD251_1F53
      let second = UInt64(x2) &* 0xCD9E_8D57
      x0 = UInt32(truncatingIfNeeded: second >> 32) ^ x1 ^ key0
      x1 = UInt32(truncatingIfNeeded: second)
      x2 = UInt32(truncatingIfNeeded: first >> 32) ^ x3 ^ key1
      x3 = UInt32(truncatingIfNeeded: first)
      key0 &+= 0x9E37_79B9
      key1 &+= 0xBB67_AE85
    }
    return SIMD4(x0, x1, x2, x3)
  }
}

extension RandomStream {
  /// Fills `buffer` with samples of the standard normal distribution, eight at a time, by Box and
  /// Muller's method from 24-bit uniform numbers (so none is beyond 5.77 in size). Begins with a
  /// fresh block of the stream and takes two blocks for each eight samples begun.
  ///
  /// Only additions, multiplications and square roots in single precision are used, so that every
  /// platform gives the same bits.
  package mutating func fillNormal(_ buffer: UnsafeMutableBufferPointer<Float>) {
    var position = 0
    while position < buffer.count {
      let samples = nextNormals()
      for lane in 0..<min(8, buffer.count - position) { buffer[position + lane] = samples[lane] }
      position += 8
    }
  }

  /// Fills `buffer` with samples spread evenly over `lower ..< upper`, from 24 random bits each.
  package mutating func fillUniform(
    _ buffer: UnsafeMutableBufferPointer<Float>, from lower: Float, to upper: Float
  ) {
    for position in buffer.indices {
      let share = Float(nextWord() >> 8) * 0x1p-24
      buffer[position] = lower + (upper - lower) * share
    }
  }

  /// Puts the numbers into a random order, each order as likely as the next (Fisher and Yates).
  package mutating func shuffle(_ numbers: inout [UInt32]) {
    precondition(numbers.count <= UInt32.max, "\(numbers.count) numbers are too many to shuffle")
    numbers.withUnsafeMutableBufferPointer { numbers in
      var last = numbers.count - 1
      while last > 0 {
        numbers.swapAt(last, Int(next(below: UInt32(last + 1))))
        last -= 1
      }
    }
  }

  private mutating func nextNormals() -> SIMD8<Float> {
    let lengths = nextBlock()
    let angles = nextBlock()
    // (0, 1], so that the logarithm is finite.
    let uniform = (SIMD4<Float>(truncatingIfNeeded: lengths &>> 8) + 1) * 0x1p-24
    let length = (-2 * uniform.logarithm).squareRoot()
    let turn = SIMD4<Float>(truncatingIfNeeded: angles &>> 8) * 0x1p-24
    let (sine, cosine) = turn.sineAndCosineOfTurn
    return SIMD8(lowHalf: length * cosine, highHalf: length * sine)
  }
}

extension SIMD4<Float> {
  /// Each number as a `Float`; exact below 2^24.
  fileprivate init(truncatingIfNeeded words: SIMD4<UInt32>) { self.init(words) }
}
