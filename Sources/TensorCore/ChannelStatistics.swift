import Errors

/// The mean and the variance of each channel of rows `[n, channels]` or of images: what a batch norm
/// normalises by.
package struct ChannelStatistics: Sendable {
  /// `[channels]`.
  package let mean: Tensor
  /// `[channels]`: the mean of the squared distances from the mean ("biased").
  package let variance: Tensor
  /// The numbers of a channel; 0 when the statistics are not of one tensor.
  package let count: Int

  /// Statistics from elsewhere: running ones, or a kernel's over `count` numbers a channel. Traps
  /// unless both are of one shape `[c]`.
  package init(mean: Tensor, variance: Tensor, count: Int = 0) {
    precondition(
      mean.shape.rank == 1 && mean.shape == variance.shape, "\(mean.shape), \(variance.shape)")
    self.mean = mean
    self.variance = variance
    self.count = count
  }

  /// The statistics of `rows`, `[n, channels]`: mean first, then squares, in double precision and in an
  /// order that the shape alone decides. Throws unless there are two rows.
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

  /// `weight / sqrt(variance + epsilon)` of each channel: the factor of its distances from the mean.
  package func scales(weight: Tensor, epsilon: Float) -> [Float] {
    zip(inverseDeviations(epsilon), weight.elements()).map { $0 * $1 }
  }

  /// `1 / sqrt(variance + epsilon)` of each channel.
  func inverseDeviations(_ epsilon: Float) -> [Float] {
    variance.elements().map { 1 / ($0 + epsilon).squareRoot() }
  }
}

extension Shape {
  /// Calls `body` for each number of rows `[n, channels]`, in order.
  @inline(__always)
  func forEachOfRows(_ body: (_ position: Int, _ channel: Int) -> Void) {
    let channels = self[1]
    for first in stride(from: 0, to: elementCount, by: max(channels, 1)) {
      for channel in 0..<channels { body(first + channel, channel) }
    }
  }

  /// For each channel of rows `[n, channels]` the sum of `value` over its positions.
  @inline(__always)
  func sumsOfChannels(_ value: (_ position: Int, _ channel: Int) -> Float) -> [Double] {
    var sums = [Double](repeating: 0, count: self[1])
    sums.withUnsafeMutableBufferPointer { sums in
      forEachOfRows { sums[$1] += Double(value($0, $1)) }
    }
    return sums
  }
}
