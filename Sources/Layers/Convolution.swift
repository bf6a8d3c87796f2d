package import TensorCore

/// A bank of filters over images.
///
/// Starts from Kaiming normal by fan-out (He et al., "Delving deep into rectifiers", 2015): a standard
/// deviation of `sqrt(2 / (outputs x filter points))`, as PyTorch's ResNets do, whatever the groups; a
/// bias from 0. The bias is exempt from weight decay.
package final class Convolution: Layer {
  /// `[outputs, inputs / groups, height, width]`.
  package let weight: Parameter
  /// `[outputs]`, or nil.
  package let bias: Parameter?
  /// How the filters slide.
  package let window: Window
  /// Into how many groups the channels fall, each with filters of its own.
  package let groups: Int

  /// Filters of `size` from the next of `random`'s. Traps unless `groups` divides both counts.
  package init(
    inputs: Int, outputs: Int, size: Extent, window: Window = Window(), groups: Int = 1,
    hasBias: Bool = false, random: inout RandomStream
  ) {
    precondition(inputs % groups == 0 && outputs % groups == 0, "\(inputs), \(outputs): \(groups)")
    let fanOut = Float(outputs * size.height * size.width)
    let deviation = (2 / fanOut).squareRoot()
    weight = Parameter(
      Tensor([outputs, inputs / groups, size.height, size.width]) { numbers in
        random.fillNormal(numbers)
        for position in numbers.indices { numbers[position] *= deviation }
      })
    bias = hasBias ? Parameter(.zeros([outputs]), isDecayed: false) : nil
    self.window = window
    self.groups = groups
  }

  package var ownParameters: [(name: String, parameter: Parameter)] {
    [("weight", weight)] + (bias.map { [("bias", $0)] } ?? [])
  }

  /// `[batch, inputs, height, width]` to `[batch, outputs, height', width']`, multiplied in the pass's
  /// precision. Throws when the channels are not `inputs` many or the image is smaller than the
  /// filter.
  package func callAsFunction(
    _ input: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    try pass.tape.convolution(
      input, pass.variable(weight), bias: bias.map(pass.variable), window: window, groups: groups,
      type: pass.precision.elementType)
  }
}
