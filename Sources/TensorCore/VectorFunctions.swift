// Elementary functions on vectors of single-precision numbers. They use only additions and multiplications, so that all
// platforms give the same bits and all lanes are computed at once. The polynomials are those of Cephes (Moshier,
// "Methods and programs for mathematical functions", 1989).

extension SIMD8<Float> {
  /// e to the power of each lane, with a relative error of at most 2e-7; 0 below -87, e^88 above 88; NaN stays NaN.
  @inlinable @inline(__always)
  package var exponential: SIMD8<Float> {
    // These comparisons preserve NaN.
    let limited = replacing(with: -87, where: self .< -87).replacing(with: 88, where: self .> 88)
    // Adding 1.5 x 2^23 rounds to an integer, which ends up in the lowest bits.
    let shifted = limited * 1.442_695_04 + 12_582_912
    let power = shifted - 12_582_912
    let rest = limited - power * 0.693_359_375 + power * 2.121_944_4e-4
    var sum = rest * 1.987_569_15e-4 + 1.398_199_95e-3
    sum = sum * rest + 8.333_451_9e-3
    sum = sum * rest + 4.166_579_6e-2
    sum = sum * rest + 1.666_666_55e-1
    sum = sum * rest + 5.000_000_1e-1
    let mantissa = sum * rest * rest + rest + 1
    let scale = (unsafeBitCast(shifted, to: SIMD8<UInt32>.self) &+ 127) &<< 23
    let result = mantissa * unsafeBitCast(scale, to: SIMD8<Float>.self)
    return result.replacing(with: 0, where: self .< -87)
  }

  /// ln(1 + x) of each lane within 0 ... 1, with a relative error of at most 4e-7. Compensates for the bits of x lost
  /// in 1 + x (Kahan's method, in Goldberg, "What every computer scientist should know about floating-point
  /// arithmetic", 1991, theorem 4).
  var logarithmOfOnePlus: SIMD8<Float> {
    let sum = self + 1
    let scaled =
      SIMD8(lowHalf: sum.lowHalf.logarithm, highHalf: sum.highHalf.logarithm) * self / (sum - 1)
    return scaled.replacing(with: self, where: sum .== 1)
  }

  /// ln(x / (1 - x)) of each lane, with x clamped to 1e-7 ... 1 - 1e-7 (fastai's `logit`).
  package var logit: SIMD8<Float> {
    let odds =
      1 / clamped(lowerBound: Self(repeating: 1e-7), upperBound: Self(repeating: 1 - 1e-7)) - 1
    return -SIMD8(lowHalf: odds.lowHalf.logarithm, highHalf: odds.highHalf.logarithm)
  }

  /// 1 / (1 + e^-x) of each lane, with an error of at most 2e-7.
  @inlinable @inline(__always)
  package var logistic: SIMD8<Float> { 1 / (1 + (-self).exponential) }
}

extension SIMD4<Float> {
  /// The natural logarithm of each lane, with a relative error of at most 2e-7, for positive normal numbers.
  var logarithm: SIMD4<Float> {
    let bits = unsafeBitCast(self, to: SIMD4<UInt32>.self)
    var exponent = SIMD4<Float>(SIMD4<Int32>(truncatingIfNeeded: bits &>> 23) &- 126)
    var mantissa = unsafeBitCast(
      (bits & 0x007F_FFFF) | 0x3F00_0000, to: SIMD4<Float>.self)
    // Maps [1/2, 1) to [sqrt(1/2), sqrt(2)), then takes the distance from 1.
    let isLow = mantissa .< 0.707_106_77
    exponent.replace(with: exponent - 1, where: isLow)
    mantissa.replace(with: mantissa + mantissa, where: isLow)
    let x = mantissa - 1
    var sum = x * 7.037_683_6e-2 - 1.151_461e-1
    sum = sum * x + 1.167_699_9e-1
    sum = sum * x - 1.242_014_1e-1
    sum = sum * x + 1.424_932_3e-1
    sum = sum * x - 1.666_805_8e-1
    sum = sum * x + 2.000_071_5e-1
    sum = sum * x - 2.499_999_4e-1
    sum = sum * x + 3.333_333_1e-1
    let square = x * x
    let correction = sum * x * square - exponent * 2.121_944_4e-4 - square * 0.5
    return x + correction + exponent * 0.693_359_375
  }

  /// Sine and cosine of 2 pi times each lane, with an error of at most 2e-7, for lanes within 0 ... 1.
  var sineAndCosineOfTurn: (sine: SIMD4<Float>, cosine: SIMD4<Float>) {
    // The nearest quarter turn and the remainder, at most an eighth of a turn.
    let shifted = self * 4 + 12_582_912
    let quarter = shifted - 12_582_912
    let angle = (self - quarter * 0.25) * (2 * Float.pi)
    let square = angle * angle
    var sine = square * -1.951_529_6e-4 + 8.332_161e-3
    sine = (sine * square - 1.666_665_5e-1) * square * angle + angle
    var cosine = square * 2.443_315_7e-5 - 1.388_731_6e-3
    cosine = (cosine * square + 4.166_664_6e-2) * square * square - square * 0.5 + 1
    // A quarter turn maps (sine, cosine) to (cosine, -sine); a second negates the original pair.
    let turns = unsafeBitCast(shifted, to: SIMD4<UInt32>.self)
    let isOdd = (turns & 1) .!= 0
    let sineSign = SIMD4<Float>(repeating: 1).replacing(with: -1, where: (turns & 2) .!= 0)
    let cosineSign = SIMD4<Float>(repeating: 1)
      .replacing(with: -1, where: ((turns &+ 1) & 2) .!= 0)
    return (
      sine.replacing(with: cosine, where: isOdd) * sineSign,
      cosine.replacing(with: sine, where: isOdd) * cosineSign
    )
  }
}
