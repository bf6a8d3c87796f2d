import Errors

/// The mean and variance of each channel of rows `[n, channels]` or of images, as used by batch normalisation.
package struct ChannelStatistics: Sendable {
  /// `[channels]`.
  package let mean: Tensor
  /// `[channels]`: the biased variance.
  package let variance: Tensor
  /// The number of values per channel; 0 if the statistics are not those of a single tensor.
  package let count: Int

  /// Creates statistics computed elsewhere: running ones, or those of a kernel over `count` values per channel. Traps
  /// unless both have the same shape `[c]`.
  package init(mean: Tensor, variance: Tensor, count: Int = 0) {
    precondition(
      mean.shape.rank == 1 && mean.shape == variance.shape, "\(mean.shape), \(variance.shape)")
    self.mean = mean
    self.variance = variance
    self.count = count
  }

  /// Computes the statistics of `rows`, `[n, channels]`, in two passes, first the means, then the squares. Sums are in
  /// double precision, in an order fixed by the shape. Throws unless there are at least two rows.
  package init(of rows: Tensor) throws(TensorError) {
    let shape = rows.shape
    guard shape.rank == 2, shape[0] > 1 else {
      throw TensorError(
        .shapeMismatch, "a training batch of shape \(shape)", place: BatchNorm.operation,
        remedy: "It must be [samples, channels], two samples or more, or of images.")
    }
    count = shape[0]
    let scale = 1 / Double(count)
    let means = rows.withElements { input in
      shape.sumsOfChannels { position, _ in input[position] }.map { Float($0 * scale) }
    }
    let squares = rows.withElements { input in
      shape.sumsOfChannels { position, channel in
        let distance = input[position] - means[channel]
        return distance * distance
      }
    }
    mean = Tensor([shape[1]], means)
    variance = Tensor([shape[1]], squares.map { Float($0 * scale) })
  }

  /// Returns `weight / sqrt(variance + epsilon)` of each channel, the factor applied to deviations from the mean.
  package func scales(weight: Tensor, epsilon: Float) -> [Float] {
    zip(inverseDeviations(epsilon), weight.elements()).map { $0 * $1 }
  }

  /// Returns `1 / sqrt(variance + epsilon)` of each channel.
  func inverseDeviations(_ epsilon: Float) -> [Float] {
    variance.elements().map { 1 / ($0 + epsilon).squareRoot() }
  }
}

extension Shape {
  /// Calls `body` for each element of rows `[n, channels]`, in order.
  @inline(__always)
  func forEachOfRows(_ body: (_ position: Int, _ channel: Int) -> Void) {
    let channels = self[1]
    for first in stride(from: 0, to: elementCount, by: max(channels, 1)) {
      for channel in 0..<channels { body(first + channel, channel) }
    }
  }

  /// Returns the sum of `value` over the positions of each channel of rows `[n, channels]`.
  @inline(__always)
  func sumsOfChannels(_ value: (_ position: Int, _ channel: Int) -> Float) -> [Double] {
    var sums = [Double](repeating: 0, count: self[1])
    sums.withUnsafeMutableBufferPointer { sums in
      forEachOfRows { sums[$1] += Double(value($0, $1)) }
    }
    return sums
  }
}
