/// A step of a computation in the terms of ONNX (opset 17).
package struct ONNXOperator {
  /// A setting of an operator.
  package enum Attribute: Hashable, Sendable {
    case integer(Int)
    case integers([Int])
    case number(Float)
  }

  /// What follows the operator's inputs.
  package enum Constant {
    case tensor(Tensor)
    /// A shape, as `Reshape` takes it.
    case lengths([Int])
  }

  /// Such as `Conv`.
  package let name: String
  package let attributes: [(name: String, value: Attribute)]
  /// Further inputs, behind those that are computed.
  package let constants: [Constant]

  package init(
    _ name: String, _ attributes: [(name: String, value: Attribute)] = [],
    constants: [Constant] = []
  ) {
    self.name = name
    self.attributes = attributes
    self.constants = constants
  }
}

extension Window {
  /// Of a window of `size`, as ONNX has it: the padding is that of the top, the left, the bottom and the right.
  func attributes(size: Extent) -> [(name: String, value: ONNXOperator.Attribute)] {
    [
      ("kernel_shape", .integers(size.lengths)), ("strides", .integers(stride.lengths)),
      ("pads", .integers(padding.lengths + padding.lengths)),
      ("dilations", .integers(dilation.lengths)),
    ]
  }
}

extension ChannelStatistics {
  /// The normalisation by these: it takes the numbers, a weight and a bias.
  func onnxOperator(epsilon: Float) -> ONNXOperator {
    ONNXOperator(
      "BatchNormalization", [("epsilon", .number(epsilon))],
      constants: [.tensor(mean), .tensor(variance)])
  }
}
