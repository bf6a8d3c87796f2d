package import Layers
package import TensorCore

/// A ResNet made ready to answer: each norm folded into the convolution before it (its running statistics
/// no longer change), rectifications and residual sums done by the convolutions. Keeps a copy of the
/// weights as they were.
package final class ResNetPredictor: Sendable {
  private struct Block: Sendable {
    let convolutions: [PreparedConvolution]
    let shortcut: PreparedConvolution?
  }

  private let stem: PreparedConvolution
  private let blocks: [Block]
  private let head: (weight: Tensor, bias: Tensor?)
  private let featureCount: Int

  /// Folds `network` as it stands, to be multiplied in `precision`. Where the processor lacks bfloat16,
  /// ask ``Precision/available`` first.
  package init(_ network: ResNet, precision: Precision = .float32) {
    func folded(_ stage: (convolution: Convolution, norm: BatchNorm)) -> PreparedConvolution {
      stage.norm.folded(into: stage.convolution, type: precision.elementType)
    }
    stem = folded(network.stem)
    blocks = network.stages.joined().map { block in
      Block(convolutions: block.stages.map(folded), shortcut: block.shortcut.map(folded))
    }
    head = (network.head.weight.value, network.head.bias?.value)
    featureCount = network.variant.featureCount
  }

  /// The logits of images `[batch, channels, height, width]`: `[batch, classes]`, in single precision.
  /// Throws when the channels differ or the images are too small.
  package func callAsFunction(_ images: Tensor) throws(TensorError) -> Tensor {
    try OneDNN.run { () throws(TensorError) in
      let tape = Tape(isRecording: false)
      var value = try tape.maxPool(
        Variable(stem(images, relu: true)), size: Extent(3),
        window: Window(stride: 2, padding: 1)
      ).value
      for block in blocks { value = try Self.output(of: block, for: value) }
      let pooled = try tape.convert(tape.adaptiveAveragePool(Variable(value)), to: .float32)
      let features = try tape.reshape(pooled, to: [images.shape[0], featureCount])
      let logits = try tape.matmul(features, transposed: Variable(head.weight))
      guard let bias = head.bias else { return logits.value }
      return try tape.add(logits, Variable(bias)).value
    }
  }

  private static func output(of block: Block, for input: Tensor) throws(TensorError) -> Tensor {
    var value = input
    for convolution in block.convolutions.dropLast() {
      value = try convolution(value, relu: true)
    }
    let last = block.convolutions[block.convolutions.count - 1]
    let addend = try block.shortcut.map { (shortcut) throws(TensorError) in
      try shortcut(input, relu: false)
    }
    return try last(value, adding: addend ?? input, relu: true)
  }
}
