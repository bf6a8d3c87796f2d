package import TensorCore

extension BatchNorm {
  /// `convolution` followed by this norm as one convolution, by the statistics gathered so far: with s =
  /// weight / sqrt(variance + epsilon), filters times s, and a bias of `bias + s (its own bias - mean)`.
  /// Traps unless the norm has as many channels as the convolution has outputs.
  package func folded(
    into convolution: Convolution, type: ElementType = .float32
  ) -> PreparedConvolution {
    let filters = convolution.weight.value
    let outputs = filters.shape[0]
    precondition(weight.value.shape == [outputs], "\(outputs) outputs into \(weight.value.shape)")
    let scales = zip(weight.value.elements(), runningVariance.value.elements()).map {
      $0 / ($1 + epsilon).squareRoot()
    }
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
    let (biases, means) = (bias.value.elements(), runningMean.value.elements())
    let shifts = (0..<outputs).map { biases[$0] + scales[$0] * (own[$0] - means[$0]) }
    return PreparedConvolution(
      weight: scaled, bias: Tensor([outputs], shifts), window: convolution.window,
      groups: convolution.groups, type: type)
  }
}
