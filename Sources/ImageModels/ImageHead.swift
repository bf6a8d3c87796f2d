package import Layers
package import TensorCore

/// From a backbone's features to a task's outputs, as fastai's `create_head` makes it: the maximum and the mean of
/// each feature, batch norm, dropout, a hidden layer of 512, batch norm, dropout, the outputs, and the range of
/// predictions where one is given. Names are fastai's.
package final class ImageHead: Layer {
  private let layers: Sequential

  /// The numbers of the hidden layer.
  private static let hiddenCount = 512

  /// - Parameters:
  ///   - range: Where outputs are mapped into, by a sigmoid; nil leaves them as they are.
  package init(
    featureCount: Int, outputCount: Int, range: ClosedRange<Float>? = nil,
    random: inout RandomStream
  ) {
    let pooled = 2 * featureCount
    var layers: [any Layer] = [
      GlobalConcatPooling(), Flatten(),
      BatchNorm(channelCount: pooled, bias: 1e-3), Dropout(0.25),
      Self.linear(pooled, Self.hiddenCount, &random), ReLU(),
      BatchNorm(channelCount: Self.hiddenCount, bias: 1e-3), Dropout(0.5),
      Self.linear(Self.hiddenCount, outputCount, &random),
    ]
    if let range { layers.append(Sigmoid(from: range.lowerBound, to: range.upperBound)) }
    self.layers = Sequential(layers)
  }

  /// Starts from Kaiming normal by fan-in (He et al., "Delving deep into rectifiers", 2015), without a bias.
  private static func linear(
    _ inputCount: Int, _ outputCount: Int, _ random: inout RandomStream
  ) -> Linear {
    let linear = Linear(
      inputCount: inputCount, outputCount: outputCount, hasBias: false, random: &random)
    let deviation = (2 / Float(inputCount)).squareRoot()
    linear.weight.value = Tensor([outputCount, inputCount]) { numbers in
      random.fillNormal(numbers)
      for position in numbers.indices { numbers[position] *= deviation }
    }
    return linear
  }

  package var children: [(name: String, module: any Module)] { [("", layers)] }

  /// Features `[batch, features, height, width]`, in single precision, to `[batch, outputs]`.
  package func callAsFunction(
    _ features: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    try layers(features, in: pass)
  }
}
