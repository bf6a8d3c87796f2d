package import TensorCore

/// Batch normalisation of rows `[n, channels]` or images (Ioffe, Szegedy, 2015): by the batch's own mean and variance
/// in training, by the running statistics otherwise.
///
/// Its parameters are exempt from weight decay and keep training in a frozen group. The variance used for normalising
/// is biased, the one accumulated is unbiased, both as in PyTorch. Parameters and buffers have PyTorch's names.
package final class BatchNorm: Layer {
  /// `[channels]`.
  package let weight: Parameter
  /// `[channels]`.
  package let bias: Parameter
  /// `[channels]`: the exponential moving averages of the batches' means and variances.
  package let runningMean: Buffer
  package let runningVariance: Buffer
  /// `[]`, of type `int64`: the number of batches accumulated.
  package let batchCount: Buffer
  private let momentum: Float
  let epsilon: Float

  /// - Parameters:
  ///   - bias: The initial bias: 0 in a ResNet, 1e-3 where fastai adds the layer.
  ///   - momentum: The weight of each new batch in the running statistics.
  package init(
    channelCount: Int, bias: Float = 0, momentum: Float = 0.1, epsilon: Float = 1e-5
  ) {
    let shape: Shape = [channelCount]
    weight = Parameter(
      Tensor(shape, repeating: Float(1)), isDecayed: false, trainsWhenFrozen: true)
    self.bias = Parameter(
      Tensor(shape, repeating: bias), isDecayed: false, trainsWhenFrozen: true)
    runningMean = Buffer(.zeros(shape))
    runningVariance = Buffer(Tensor(shape, repeating: Float(1)))
    batchCount = Buffer(Tensor([], [Int64(0)]))
    self.momentum = momentum
    self.epsilon = epsilon
  }

  package var ownParameters: [(name: String, parameter: Parameter)] {
    [("weight", weight), ("bias", bias)]
  }

  package var ownBuffers: [(name: String, buffer: Buffer)] {
    [
      ("running_mean", runningMean), ("running_var", runningVariance),
      ("num_batches_tracked", batchCount),
    ]
  }

  /// Throws if the input's second dimension is not the channel count or, in training, if a channel has fewer than two
  /// values.
  package func callAsFunction(
    _ input: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    try callAsFunction(input, relu: false, in: pass)
  }

  /// Normalises the input, then applies max(x, 0) if `relu`. For images `[n, channels, height, width]` this takes one
  /// pass over memory.
  package func callAsFunction(
    _ input: Variable, relu: Bool, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    let statistics = ChannelStatistics(
      mean: pass.value(of: runningMean), variance: pass.value(of: runningVariance))
    return try pass.tape.batchNorm(
      input, weight: pass.variable(weight), bias: pass.variable(bias),
      by: pass.isTraining ? nil : statistics, epsilon: epsilon, relu: relu
    ) { [self] in gather($0) }
  }

  /// The running statistics.
  var statistics: ChannelStatistics {
    ChannelStatistics(mean: runningMean.value, variance: runningVariance.value)
  }

  private func gather(_ statistics: ChannelStatistics) {
    let correction = Float(statistics.count) / Float(statistics.count - 1)
    runningMean.value.move(towards: statistics.mean, times: 1, by: momentum)
    runningVariance.value.move(towards: statistics.variance, times: correction, by: momentum)
    batchCount.value.withMutableElements(of: Int64.self) { $0[0] += 1 }
  }
}

extension Tensor {
  /// Sets each element to `(1 - momentum) * itself + momentum * factor * target`.
  fileprivate mutating func move(towards target: Tensor, times factor: Float, by momentum: Float) {
    withMutableElements { elements in
      target.withElements { target in
        for position in elements.indices {
          elements[position] =
            (1 - momentum) * elements[position] + momentum * (factor * target[position])
        }
      }
    }
  }
}
