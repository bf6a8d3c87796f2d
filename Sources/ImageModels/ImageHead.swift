package import Layers
package import TensorCore

/// The head from a backbone's features to a task's outputs, as in fastai's `create_head`: concatenated max and
/// average pooling, batch norm, dropout, a hidden layer of 512, batch norm, dropout, the output layer, and a range
/// for the predictions if given. Parameter names are fastai's.
package final class ImageHead: Layer {
  private let layers: Sequential

  /// The width of the hidden layer.
  private static let hiddenCount = 512

  /// - Parameters:
  ///   - range: The range that a sigmoid maps outputs into; nil leaves them unchanged.
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

  /// Returns a linear layer initialised with Kaiming normal by fan-in (He et al., "Delving deep into rectifiers",
  /// 2015), without a bias.
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

  /// Maps features `[batch, features, height, width]`, in single precision, to `[batch, outputs]`.
  package func callAsFunction(
    _ features: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    try layers(features, in: pass)
  }
}
