package import Layers
package import TensorCore

/// A block of a ResNet: convolutions with norms, then `max(result + shortcut, 0)`.
///
/// The shortcut is the input itself, or a 1x1 convolution with a norm where the block changes the
/// channels or the size. Names as torchvision's: `conv1`, `bn1` ... `downsample.0`, `downsample.1`.
package final class ResidualBlock: Layer {
  /// The convolutions with their norms: two of 3x3, or a bottleneck's 1x1, 3x3, 1x1.
  let stages: [(convolution: Convolution, norm: BatchNorm)]
  /// The shortcut, where it is not the input itself.
  let shortcut: (convolution: Convolution, norm: BatchNorm)?

  /// A block from `inputs` to `width * variant.expansion` channels; the 3x3 convolution that comes
  /// first moves by `stride`.
  init(
    _ variant: ResNetVariant, inputs: Int, width: Int, stride: Int, random: inout RandomStream
  ) {
    func stage(
      _ inputs: Int, _ outputs: Int, size: Int, stride: Int
    ) -> (convolution: Convolution, norm: BatchNorm) {
      (
        Convolution(
          inputs: inputs, outputs: outputs, size: Extent(size),
          window: Window(stride: stride, padding: size / 2), random: &random),
        BatchNorm(channelCount: outputs)
      )
    }
    let outputs = width * variant.expansion
    stages =
      variant.hasBottlenecks
      ? [
        stage(inputs, width, size: 1, stride: 1), stage(width, width, size: 3, stride: stride),
        stage(width, outputs, size: 1, stride: 1),
      ]
      : [
        stage(inputs, width, size: 3, stride: stride), stage(width, outputs, size: 3, stride: 1),
      ]
    shortcut =
      stride != 1 || inputs != outputs ? stage(inputs, outputs, size: 1, stride: stride) : nil
  }

  package var children: [(name: String, module: any Module)] {
    let own = stages.enumerated().flatMap { number, stage -> [(name: String, module: any Module)] in
      [("conv\(number + 1)", stage.convolution), ("bn\(number + 1)", stage.norm)]
    }
    return own
      + (shortcut.map { [("downsample", Sequential([$0.convolution, $0.norm]))] } ?? [])
  }

  package func callAsFunction(
    _ input: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    var value = input
    for (number, stage) in stages.enumerated() {
      value = try stage.norm(
        stage.convolution(value, in: pass), relu: number < stages.count - 1, in: pass)
    }
    guard let shortcut else { return try pass.tape.addReLU(value, input) }
    let other = try shortcut.norm(shortcut.convolution(input, in: pass), in: pass)
    return try pass.tape.addReLU(value, other)
  }
}
