import Errors

/// The mean and the variance of each channel of a tensor `[n, channels, ...]`: what a batch norm
/// normalises by.
package struct ChannelStatistics: Sendable {
  /// `[channels]`.
  package let mean: Tensor
  /// `[channels]`: the mean of the squared distances from the mean ("biased").
  package let variance: Tensor
  /// The numbers of a channel; 0 when the statistics are not of one tensor.
  package let count: Int

  /// Statistics gathered elsewhere: over a training, or by a kernel over `count` numbers a channel. Traps
  /// unless both are of one shape `[c]`.
  package init(mean: Tensor, variance: Tensor, count: Int = 0) {
    precondition(
      mean.shape.rank == 1 && mean.shape == variance.shape, "\(mean.shape), \(variance.shape)")
    self.mean = mean
    self.variance = variance
    self.count = count
  }

  /// The statistics of `tensor`: mean first, then squares, in double precision and in an order that
  /// the shape alone decides.
  ///
  /// Throws unless there are a batch and a channel dimension, and two numbers a channel.
  package init(of tensor: Tensor) throws(TensorError) {
    let layout = try ChannelLayout(tensor.shape)
    count = layout.outer * layout.inner
    guard count > 1 else {
      throw TensorError(
        .shapeMismatch, "\(count) numbers for each channel of the shape \(tensor.shape)",
        place: ChannelLayout.operation, remedy: "A training batch needs two samples or more.")
    }
    let scale = 1 / Double(count)
    let means = tensor.withElements { input in
      layout.sums { position, _ in input[position] }.map { Float($0 * scale) }
    }
    let squares = tensor.withElements { input in
      layout.sums { position, channel in
        let distance = input[position] - means[channel]
        return distance * distance
      }
    }
    mean = Tensor([layout.channels], means)
    variance = Tensor([layout.channels], squares.map { Float($0 * scale) })
  }

  /// `weight / sqrt(variance + epsilon)` of each channel: what its distances from the mean are multiplied by.
  package func scales(weight: Tensor, epsilon: Float) -> [Float] {
    zip(inverseDeviations(epsilon), weight.elements()).map { $0 * $1 }
  }

  /// `1 / sqrt(variance + epsilon)` of each channel.
  func inverseDeviations(_ epsilon: Float) -> [Float] {
    variance.elements().map { 1 / ($0 + epsilon).squareRoot() }
  }
}

/// A shape `[n, channels, ...]` as three numbers: samples, channels, and the numbers of a channel of
/// one sample, which lie side by side.
struct ChannelLayout {
  static let operation = "batch norm"

  let outer: Int
  let channels: Int
  let inner: Int

  init(_ shape: Shape) throws(TensorError) {
    guard shape.rank >= 2 else {
      throw TensorError(
        .shapeMismatch, "an input of shape \(shape)", place: Self.operation,
        remedy: "It must be [samples, channels] or have more dimensions behind them.")
    }
    outer = shape[0]
    channels = shape[1]
    inner = shape.dimensions.dropFirst(2).reduce(1, *)
  }

  /// For each channel the sum of `value` over its positions.
  @inline(__always)
  func sums(_ value: (_ position: Int, _ channel: Int) -> Float) -> [Double] {
    var sums = [Double](repeating: 0, count: channels)
    sums.withUnsafeMutableBufferPointer { sums in
      for sample in 0..<outer {
        let first = sample * channels * inner
        guard inner > 1 else {
          for channel in 0..<channels * inner {
            sums[channel] += Double(value(first + channel, channel))
          }
          continue
        }
        for channel in 0..<channels {
          let start = first + channel * inner
          var lanes = SIMD8<Double>.zero
          var step = 0
          while step + 8 <= inner {
            var values = SIMD8<Float>()
            for lane in 0..<8 { values[lane] = value(start + step + lane, channel) }
            lanes += SIMD8<Double>(values)
            step += 8
          }
          while step < inner {
            lanes[step & 7] += Double(value(start + step, channel))
            step += 1
          }
          sums[channel] += lanes.sum()
        }
      }
    }
    return sums
  }

  /// Writes `value` to each position of `output`.
  @inline(__always)
  func fill(
    _ output: UnsafeMutableBufferPointer<Float>,
    _ value: (_ position: Int, _ channel: Int) -> Float
  ) {
    for sample in 0..<outer {
      let first = sample * channels * inner
      if inner == 1 {
        for channel in 0..<channels {
          output[first + channel] = value(first + channel, channel)
        }
        continue
      }
      for channel in 0..<channels {
        let start = first + channel * inner
        for position in start..<start + inner { output[position] = value(position, channel) }
      }
    }
  }
}
