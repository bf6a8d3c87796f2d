import Errors

/// `(x - mean) / sqrt(variance + epsilon) * weight + bias`, mean, variance, weight and bias one a
/// channel: batch normalisation (Ioffe, Szegedy, 2015) of `[n, channels, ...]`.
///
/// Inputs: x, weight `[channels]`, bias `[channels]`.
struct BatchNormalization: Operation {
  let name = ChannelLayout.operation
  let statistics: ChannelStatistics
  /// Whether the statistics are those of the input, so that the gradient goes through them too.
  let areOfInput: Bool
  let epsilon: Float

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 3)
    let input = inputs[0]
    let layout = try ChannelLayout(input.shape)
    for other in [inputs[1].shape, inputs[2].shape, statistics.mean.shape]
    where other != [layout.channels] {
      throw .shapes(
        input.shape, other, in: name, remedy: "One number for each of the second dimension.")
    }
    let scales = zip(statistics.inverseDeviations(epsilon), inputs[1].elements()).map { $0 * $1 }
    return Tensor(input.shape) { output in
      input.withElements { input in
        statistics.mean.withElements { means in
          inputs[2].withElements { biases in
            scales.withUnsafeBufferPointer { scales in
              layout.fill(output) { position, channel in
                (input[position] - means[channel]) * scales[channel] + biases[channel]
              }
            }
          }
        }
      }
    }
  }

  /// With g the output's gradient, n the numbers of a channel, d = 1 / sqrt(variance + epsilon) and
  /// x' = (x - mean) d: sum of g by the bias, sum of g x' by the weight; by x, weight d g, and where
  /// the statistics are of the input weight d (g - (sum of g + x' sum of g x') / n).
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    let input = inputs[0]
    let layout = try ChannelLayout(input.shape)
    let deviations = statistics.inverseDeviations(epsilon)
    let means = statistics.mean.elements()
    let (biasSums, weightSums) = outputGradient.withElements { gradient in
      input.withElements { input in
        deviations.withUnsafeBufferPointer { deviations in
          means.withUnsafeBufferPointer { means in
            (
              layout.sums { position, _ in gradient[position] },
              layout.sums { position, channel in
                gradient[position] * (input[position] - means[channel]) * deviations[channel]
              }
            )
          }
        }
      }
    }
    var gradients: [Gradient?] = [nil, nil, nil]
    if needed[1] { gradients[1] = .dense(Tensor([layout.channels], weightSums.map { Float($0) })) }
    if needed[2] { gradients[2] = .dense(Tensor([layout.channels], biasSums.map { Float($0) })) }
    guard needed[0] else { return gradients }
    let scales = zip(deviations, inputs[1].elements()).map { $0 * $1 }
    let share = areOfInput ? 1 / Double(layout.outer * layout.inner) : 0
    // g - offset - (x - mean) slope.
    let offsets = biasSums.map { Float($0 * share) }
    let slopes = zip(weightSums, deviations).map { Float($0 * share) * $1 }
    gradients[0] = .dense(
      Tensor(input.shape) { result in
        outputGradient.withElements { gradient in
          input.withElements { input in
            scales.withUnsafeBufferPointer { scales in
              offsets.withUnsafeBufferPointer { offsets in
                slopes.withUnsafeBufferPointer { slopes in
                  means.withUnsafeBufferPointer { means in
                    layout.fill(result) { position, channel in
                      let centred = input[position] - means[channel]
                      return scales[channel]
                        * (gradient[position] - offsets[channel] - centred * slopes[channel])
                    }
                  }
                }
              }
            }
          }
        }
      })
    return gradients
  }
}

extension Tape {
  /// Batch normalisation of `input`, `[n, channels, ...]`, by `statistics`; `areOfInput` says that
  /// they are the input's own and move with it, as in training. `weight` and `bias` are
  /// `[channels]`. Throws when the shapes do not fit.
  package func normalize(
    _ input: Variable, by statistics: ChannelStatistics, areOfInput: Bool, weight: Variable,
    bias: Variable, epsilon: Float
  ) throws(TensorError) -> Variable {
    try apply(
      BatchNormalization(statistics: statistics, areOfInput: areOfInput, epsilon: epsilon),
      to: input, weight, bias)
  }
}
