package import Layers
package import ModelRegistry
package import TensorCore

/// A ResNet body with a head for a task, in three parameter groups that may have separate learning rates.
package final class ImageNetwork: Layer {
  package let backbone: ResNetBackbone
  package let head: ImageHead

  /// Creates a network with initial weights drawn from `random`.
  package init(
    _ variant: ResNetVariant, channels: Int = 3, outputCount: Int,
    range: ClosedRange<Float>? = nil, random: inout RandomStream
  ) {
    backbone = ResNetBackbone(variant, channels: channels, random: &random)
    head = ImageHead(
      featureCount: variant.featureCount, outputCount: outputCount, range: range, random: &random)
  }

  package var children: [(name: String, module: any Module)] {
    [("backbone", backbone), ("head", head)]
  }

  /// The stem with the first two stages, the last two stages, and the head.
  package var groups: [ParameterGroup] {
    let parameters = backbone.namedParameters()
    func isLate(_ name: String) -> Bool {
      name.hasPrefix("layer3.") || name.hasPrefix("layer4.")
    }
    return [
      ParameterGroup("stem", parameters.filter { !isLate($0.name) }.map(\.parameter)),
      ParameterGroup("late stages", parameters.filter { isLate($0.name) }.map(\.parameter)),
      ParameterGroup("head", of: head),
    ]
  }

  /// Maps images `[batch, channels, height, width]` to `[batch, outputs]` in single precision: logits, or numbers.
  /// Throws if the channels differ or an image is too small.
  package func callAsFunction(
    _ images: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    try pass.context.run { () throws(TensorError) in
      try head(backbone(images, in: pass), in: pass)
    }
  }
}

extension ImageNetwork {
  /// Loads the backbone from a file of weights, leaving out the head: torchvision's or timm's, whose head is `fc`,
  /// or a Latent model. The network must already have the wanted number of channels. Filters for three input
  /// channels are adapted to another number as in fastai. One channel takes their sum; two take the first two times
  /// 1.5; more than three take the three and set the rest to 0.
  ///
  /// Throws ``ModelFileErrorCode/wrongTensor``, and changes nothing, unless the file holds exactly the backbone's
  /// tensors.
  package func loadBackbone(from file: SafetensorsFile) throws(ModelFileError) {
    let prefix = "backbone."
    let isOwn = file.tensorNames.contains { $0.hasPrefix(prefix) }
    let file = file.renamed(
      tensorName: { name in
        if isOwn { return name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : nil }
        return name.hasPrefix("fc.") ? nil : name
      }, metadataKey: { $0 })
    let first = "conv1.weight"
    let wanted = backbone.firstFilters.value.shape
    guard let stored = file.tensor(named: first), stored.elementType == .float32,
      stored.shape.rank == 4, stored.shape[1] == 3, wanted[1] != 3,
      stored.shape.dimensions.enumerated().allSatisfy({ $0 == 1 || $1 == wanted[$0] })
    else {
      return try ParameterLoading.load(backbone, from: file)
    }
    try ParameterLoading.load(backbone, from: file, skipping: [first])
    backbone.firstFilters.value = Self.filters(stored.tensor(), forChannels: wanted)
  }

  /// Adapts filters for three channels to another number.
  private static func filters(_ filters: Tensor, forChannels shape: Shape) -> Tensor {
    let (count, channels, points) = (shape[0], shape[1], shape[2] * shape[3])
    return filters.withElements { filters in
      Tensor(shape) { target in
        for filter in 0..<count {
          for channel in 0..<channels {
            for point in 0..<points {
              func source(_ channel: Int) -> Float {
                filters[(filter * 3 + channel) * points + point]
              }
              let value: Float =
                switch channels {
                case 1: source(0) + source(1) + source(2)
                case 2: source(channel) * 1.5
                default: channel < 3 ? source(channel) : 0
                }
              target[(filter * channels + channel) * points + point] = value
            }
          }
        }
      }
    }
  }
}
