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
      type: pass.context.precision.elementType)
  }
}

/// A convolution, batch norm, and max(x, 0) where wanted: the unit of most image networks (torchvision's
/// `Conv2dNormActivation`).
///
/// For predictions the norm is folded into the convolution, which then adds and activates in its one pass over
/// the memory.
package final class ConvNormActivation: Layer, FoldableModule {
  private let convolution: Convolution
  private let norm: BatchNorm
  private let relu: Bool
  private let names: (convolution: String, norm: String)

  /// - Parameters:
  ///   - relu: Whether max(x, 0) is taken of each output.
  ///   - names: Of the two as children.
  package init(
    _ convolution: Convolution, relu: Bool = true,
    names: (convolution: String, norm: String) = ("0", "1")
  ) {
    self.convolution = convolution
    norm = BatchNorm(channelCount: convolution.weight.value.shape[0])
    self.relu = relu
    self.names = names
  }

  package var children: [(name: String, module: any Module)] {
    [(names.convolution, convolution), (names.norm, norm)]
  }

  /// `[batch, inputs, height, width]` to `[batch, outputs, height', width']`. Throws when the channels are
  /// not `inputs` many or the image is smaller than the filter.
  package func callAsFunction(
    _ input: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    if let output = try pass.prepared(self, input.value, adding: nil, relu: relu) {
      return Variable(output)
    }
    return try norm(convolution(input, in: pass), relu: relu, in: pass)
  }

  package func callAsFunction(
    _ input: Variable, adding addend: consuming Variable, relu: Bool, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    precondition(!self.relu, "an output that is activated before something is added")
    if let output = try pass.prepared(self, input.value, adding: addend.value, relu: relu) {
      return Variable(output)
    }
    let output = try self(input, in: pass)
    return try relu ? pass.tape.addReLU(output, addend) : pass.tape.add(output, addend)
  }

  /// By the statistics gathered so far one convolution: with s = weight / sqrt(variance + epsilon), filters
  /// times s, and a bias of `bias + s (its own bias - mean)`.
  package func prepared(in context: ComputeContext) -> PreparedConvolution {
    let filters = convolution.weight.value
    let outputs = filters.shape[0]
    let scales = norm.statistics.scales(weight: norm.weight.value, epsilon: norm.epsilon)
    let length = filters.elementCount / outputs
    let scaled = Tensor(filters.shape) { scaled in
      filters.withElements { filters in
        for (output, scale) in scales.enumerated() {
          for position in output * length..<(output + 1) * length {
            scaled[position] = filters[position] * scale
          }
        }
      }
    }
    let own = convolution.bias?.value.elements() ?? Array(repeating: 0, count: outputs)
    let (biases, means) = (norm.bias.value.elements(), norm.runningMean.value.elements())
    let shifts = (0..<outputs).map { biases[$0] + scales[$0] * (own[$0] - means[$0]) }
    return PreparedConvolution(
      weight: scaled, bias: Tensor([outputs], shifts), window: convolution.window,
      groups: convolution.groups, type: context.precision.elementType)
  }
}
