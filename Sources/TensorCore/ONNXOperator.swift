/// A step of a computation as an ONNX operator (opset 17).
package struct ONNXOperator {
  /// An attribute of an operator.
  package enum Attribute: Hashable, Sendable {
    case integer(Int)
    case integers([Int])
    case number(Float)
  }

  /// A constant input, after the computed ones.
  package enum Constant {
    case tensor(Tensor)
    /// A shape, as the input of `Reshape`.
    case lengths([Int])
  }

  /// The operator's name, such as `Conv`.
  package let name: String
  package let attributes: [(name: String, value: Attribute)]
  /// The constant inputs, after the computed ones.
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
  /// Returns the ONNX attributes of a window of `size`. Padding is in the order top, left, bottom, right.
  func attributes(size: Extent) -> [(name: String, value: ONNXOperator.Attribute)] {
    [
      ("kernel_shape", .integers(size.lengths)), ("strides", .integers(stride.lengths)),
      ("pads", .integers(padding.lengths + padding.lengths)),
      ("dilations", .integers(dilation.lengths)),
    ]
  }
}

extension ChannelStatistics {
  /// Returns the normalisation by these statistics as an operator with the inputs data, weight and bias.
  func onnxOperator(epsilon: Float) -> ONNXOperator {
    ONNXOperator(
      "BatchNormalization", [("epsilon", .number(epsilon))],
      constants: [.tensor(mean), .tensor(variance)])
  }
}
