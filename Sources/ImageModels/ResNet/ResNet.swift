package import Layers
package import TensorCore

/// A residual network for images, with the parameter names and layout of torchvision and timm, so
/// that their safetensors files fit.
package final class ResNet: Layer {
  /// Which network.
  package let variant: ResNetVariant
  let stem: (convolution: Convolution, norm: BatchNorm)
  let stages: [[ResidualBlock]]
  /// From the features to the classes.
  package let head: Linear

  /// A network that starts as ``Convolution``, ``BatchNorm`` and ``Linear`` do, from the next of
  /// `random`'s.
  package init(
    _ variant: ResNetVariant, classCount: Int, channels: Int = 3, random: inout RandomStream
  ) {
    self.variant = variant
    stem = (
      Convolution(
        inputs: channels, outputs: 64, size: Extent(7), window: Window(stride: 2, padding: 3),
        random: &random), BatchNorm(channelCount: 64)
    )
    var stages: [[ResidualBlock]] = []
    var inputs = 64
    for (stage, blockCount) in variant.blockCounts.enumerated() {
      let width = 64 << stage
      var blocks: [ResidualBlock] = []
      for block in 0..<blockCount {
        blocks.append(
          ResidualBlock(
            variant, inputs: inputs, width: width, stride: stage > 0 && block == 0 ? 2 : 1,
            random: &random))
        inputs = width * variant.expansion
      }
      stages.append(blocks)
    }
    self.stages = stages
    head = Linear(inputCount: variant.featureCount, outputCount: classCount, random: &random)
  }

  package var children: [(name: String, module: any Module)] {
    [("conv1", stem.convolution), ("bn1", stem.norm)]
      + stages.enumerated().map { ("layer\($0.offset + 1)", Sequential($0.element)) }
      + [("fc", head)]
  }

  /// Images `[batch, channels, height, width]` to their features `[batch, featureCount, height / 32,
  /// width / 32]`, in the pass's precision.
  package func features(
    _ images: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    var value = try stem.norm(
      stem.convolution(images, in: pass), relu: true, in: pass)
    value = try pass.tape.maxPool(
      value, size: Extent(3), window: Window(stride: 2, padding: 1))
    for block in stages.joined() { value = try block(value, in: pass) }
    return value
  }

  /// Images `[batch, channels, height, width]` to the logits of their classes, `[batch, classes]`,
  /// in single precision. Throws when the channels differ or the image is too small.
  package func callAsFunction(
    _ images: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    try OneDNN.run { () throws(TensorError) in
      let pooled = try pass.tape.adaptiveAveragePool(features(images, in: pass))
      let flat = try pass.tape.reshape(
        pass.tape.convert(pooled, to: .float32), to: [images.shape[0], variant.featureCount])
      return try head(flat, in: pass)
    }
  }
}
