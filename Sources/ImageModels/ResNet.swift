package import Layers
package import TensorCore

/// A residual network for images. Parameter names and layout are those of torchvision and timm, so that their
/// safetensors files fit.
package final class ResNet: Layer {
  private let backbone: ResNetBackbone
  private let pooling = Sequential([GlobalPooling(.average), Flatten()])
  /// The linear layer from features to classes.
  package let head: Linear

  /// Creates a network initialised as ``Convolution``, ``BatchNorm`` and ``Linear`` are, with weights drawn from
  /// `random`.
  package init(
    _ variant: ResNetVariant, classCount: Int, channels: Int = 3, random: inout RandomStream
  ) {
    backbone = ResNetBackbone(variant, channels: channels, random: &random)
    head = Linear(inputCount: variant.featureCount, outputCount: classCount, random: &random)
  }

  /// The architecture.
  package var variant: ResNetVariant { backbone.variant }

  package var children: [(name: String, module: any Module)] { [("", backbone), ("fc", head)] }

  /// Maps images `[batch, channels, height, width]` to class logits `[batch, classes]` in single precision. Throws
  /// if the channels differ or the image is too small.
  package func callAsFunction(
    _ images: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    try pass.context.run { () throws(TensorError) in
      let pooled = try pooling(backbone(images, in: pass), in: pass)
      return try head(pass.tape.convert(pooled, to: .float32), in: pass)
    }
  }
}

/// A residual network without its head: maps images to features.
package final class ResNetBackbone: Layer {
  /// The architecture.
  package let variant: ResNetVariant
  /// The filters of the first convolution, `[64, channels, 7, 7]`.
  package let firstFilters: Parameter
  private let body: Sequential

  /// Creates a network with initial weights drawn from `random`.
  package init(_ variant: ResNetVariant, channels: Int, random: inout RandomStream) {
    self.variant = variant
    let stem = Convolution(
      inputs: channels, outputs: 64, size: Extent(7), window: Window(stride: 2, padding: 3),
      random: &random)
    firstFilters = stem.weight
    var layers: [(name: String, layer: any Layer)] = [
      ("", ConvNormActivation(stem, names: ("conv1", "bn1"))),
      ("", Pooling(.maximum, size: Extent(3), window: Window(stride: 2, padding: 1))),
    ]
    var inputs = 64
    for (stage, blockCount) in variant.blockCounts.enumerated() {
      let width = 64 << stage
      var blocks: [any Layer] = []
      for block in 0..<blockCount {
        blocks.append(
          variant.block(
            inputs: inputs, width: width, stride: stage > 0 && block == 0 ? 2 : 1, random: &random))
        inputs = width * variant.expansion
      }
      layers.append(("layer\(stage + 1)", Sequential(blocks)))
    }
    body = Sequential(named: layers)
  }

  package var children: [(name: String, module: any Module)] { [("", body)] }

  /// Maps images `[batch, channels, height, width]` to features `[batch, featureCount, height / 32, width / 32]`, in
  /// the precision of the pass.
  package func callAsFunction(
    _ images: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    try body(images, in: pass)
  }
}

/// The residual networks of He et al. ("Deep residual learning for image recognition", 2015), by depth.
package enum ResNetVariant: String, Sendable, CaseIterable, Codable {
  case resnet18
  case resnet34
  case resnet50

  /// The number of blocks in each of the four stages.
  fileprivate var blockCounts: [Int] {
    switch self {
    case .resnet18: [2, 2, 2, 2]
    case .resnet34, .resnet50: [3, 4, 6, 3]
    }
  }

  /// Whether blocks narrow to a quarter of their channels and widen again; otherwise they are two plain 3x3
  /// convolutions.
  private var hasBottlenecks: Bool { self == .resnet50 }

  /// The ratio of a block's output channels to those of its 3x3 convolution.
  fileprivate var expansion: Int { hasBottlenecks ? 4 : 1 }

  /// The number of channels of the last stage.
  package var featureCount: Int { 512 * expansion }

  /// Returns a block from `inputs` to `width * expansion` channels: convolutions with norms, either two of 3x3 or a
  /// bottleneck's 1x1, 3x3, 1x1, then `max(result + shortcut, 0)`. The first 3x3 convolution has the stride
  /// `stride`.
  ///
  /// The shortcut is the input itself, or a 1x1 convolution with a norm if the block changes the channels or the
  /// size. Names are torchvision's: `conv1`, `bn1` ... `downsample.0`, `downsample.1`.
  fileprivate func block(
    inputs: Int, width: Int, stride: Int, random: inout RandomStream
  ) -> Residual {
    let outputs = width * expansion
    let sizes = hasBottlenecks ? [1, 3, 1] : [3, 3]
    let spatial = sizes.firstIndex(of: 3)
    var layers: [(name: String, layer: any Layer)] = []
    for (number, size) in sizes.enumerated() {
      let isLast = number == sizes.count - 1
      let convolution = Convolution(
        inputs: number == 0 ? inputs : width, outputs: isLast ? outputs : width,
        size: Extent(size),
        window: Window(stride: number == spatial ? stride : 1, padding: size / 2), random: &random)
      layers.append(
        (
          "",
          ConvNormActivation(
            convolution, relu: !isLast, names: ("conv\(number + 1)", "bn\(number + 1)"))
        ))
    }
    var shortcut: ConvNormActivation?
    if stride != 1 || inputs != outputs {
      let convolution = Convolution(
        inputs: inputs, outputs: outputs, size: Extent(1), window: Window(stride: stride),
        random: &random)
      shortcut = ConvNormActivation(convolution, relu: false)
    }
    return Residual(Sequential(named: layers), shortcut: shortcut, names: ("", "downsample"))
  }
}
