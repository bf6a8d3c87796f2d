/// Random numbers determined by a seed, a stream number and a position, identical on every platform: Philox4x32-10
/// (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011).
///
/// The only state of the generator is a counter. Block `n` of stream `s` consists of four 32-bit words: the encryption
/// of the counter `(n low, n high, s low, s high)` under the key `(seed low, seed high)`. Words are used in order.
/// Streams of one seed never overlap, so give each purpose (a table's initialisation, the shuffle of an epoch) its own.
package struct RandomStream: RandomNumberGenerator, Sendable {
  private let key: SIMD2<UInt32>
  private let stream: UInt64
  /// The number of the next block.
  private var block: UInt64 = 0
  private var words = SIMD4<UInt32>()
  /// The number of `words` already used.
  private var wordsTaken = 4

  /// Creates a stream, positioned at its start.
  package init(seed: UInt64, stream: UInt64) {
    key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    self.stream = stream
  }

  /// Returns the next 32 bits.
  package mutating func nextWord() -> UInt32 {
    if wordsTaken == 4 {
      words = nextBlock()
      wordsTaken = 0
    }
    defer { wordsTaken += 1 }
    return words[wordsTaken]
  }

  /// Returns the next 64 bits: two words, low word first.
  package mutating func next() -> UInt64 {
    let low = nextWord()
    return UInt64(low) | UInt64(nextWord()) << 32
  }

  /// Returns a uniformly distributed number in `0 ..< bound`, by Lemire's multiplication with rejection ("Fast random
  /// integer generation in an interval", 2019). Traps if `bound` is 0.
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

  /// Returns the next block of four unused words.
  mutating func nextBlock() -> SIMD4<UInt32> {
    let counter = SIMD4(
      UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32),
      UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32))
    block &+= 1
    return Self.philox(counter, key: key)
  }

  /// The block cipher: ten rounds of Philox4x32.
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
  /// Fills `buffer` with samples of the standard normal distribution, eight at a time, by the Box-Muller method. Its
  /// 24-bit uniform numbers limit samples to 5.77 in magnitude. Starts with a new block of the stream and uses two
  /// blocks for every eight samples or part thereof.
  ///
  /// It uses only single-precision additions, multiplications and square roots, so that every platform gives the same
  /// bits.
  package mutating func fillNormal(_ buffer: UnsafeMutableBufferPointer<Float>) {
    var position = 0
    while position < buffer.count {
      let samples = nextNormals()
      for lane in 0..<min(8, buffer.count - position) { buffer[position + lane] = samples[lane] }
      position += 8
    }
  }

  /// Fills `buffer` with samples distributed uniformly over `lower ..< upper`, from 24 random bits each.
  package mutating func fillUniform(
    _ buffer: UnsafeMutableBufferPointer<Float>, from lower: Float, to upper: Float
  ) {
    for position in buffer.indices {
      let unit = Float(nextWord() >> 8) * 0x1p-24
      buffer[position] = lower + (upper - lower) * unit
    }
  }

  /// Shuffles the numbers, with every permutation equally likely (Fisher-Yates).
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
  /// Converts each lane to a `Float`; exact below 2^24.
  fileprivate init(truncatingIfNeeded words: SIMD4<UInt32>) { self.init(words) }
}
