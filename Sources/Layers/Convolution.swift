package import TensorCore

/// A 2D convolution layer.
///
/// Initialised by Kaiming normal, fan-out mode (He et al., "Delving deep into rectifiers", 2015): a standard deviation
/// of `sqrt(2 / (outputs x filter points))` regardless of groups, as in PyTorch's ResNets. The bias starts at 0 and is
/// exempt from weight decay.
package final class Convolution: Layer {
  /// `[outputs, inputs / groups, height, width]`.
  package let weight: Parameter
  /// `[outputs]`, or nil.
  package let bias: Parameter?
  /// The stride, padding and dilation of the filters.
  package let window: Window
  /// The number of channel groups, each with its own filters.
  package let groups: Int

  /// Creates filters of `size`, initialised from `random`. Traps unless `groups` divides both channel counts.
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

  /// Maps `[batch, inputs, height, width]` to `[batch, outputs, height', width']`, multiplying in the precision of the
  /// pass. Throws if the input does not have `inputs` channels or the image is smaller than the filter.
  package func callAsFunction(
    _ input: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    try pass.tape.convolution(
      input, pass.variable(weight), bias: bias.map(pass.variable), window: window, groups: groups,
      type: pass.context.precision.elementType)
  }
}

/// A convolution, batch norm and optional ReLU: the unit of most image networks (torchvision's `Conv2dNormActivation`).
///
/// For prediction the norm is folded into the convolution, which then adds and activates in a single pass over memory.
package final class ConvNormActivation: Layer, FoldableModule {
  private let convolution: Convolution
  private let norm: BatchNorm
  private let relu: Bool
  private let names: (convolution: String, norm: String)

  /// - Parameters:
  ///   - relu: Whether to apply max(x, 0) to the output.
  ///   - names: The names of the two children.
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

  /// Maps `[batch, inputs, height, width]` to `[batch, outputs, height', width']`. Throws if the input does not have
  /// `inputs` channels or the image is smaller than the filter.
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

  /// Returns the convolution and the norm, with its running statistics, folded into one convolution. With s = weight /
  /// sqrt(variance + epsilon), its filters are the original times s, and its bias is `bias + s (its own bias - mean)`.
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
