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
