package import Layers
package import TensorCore

/// Stochastic gradient descent with momentum and decoupled weight decay, as computed by fastai. In a step of a
/// parameter p with gradient g, rate r and the step's momentum b:
///
///     p = p (1 - r decay)
///     m = b m + g
///     p = p - r m
///
/// There is no dampening, the factor 1 - b that ``AdamW`` applies: a momentum of 0.9 makes steps ten times as long.
/// Without momentum it is plain gradient descent, and m is the gradient.
package final class SGD: Optimizer {
  /// The hyperparameters of the formula.
  package struct Options: Sendable {
    package var weightDecay: Double

    package init(weightDecay: Double = 0) { self.weightDecay = weightDecay }
  }

  package let groups: [ParameterGroup]
  /// The momentum buffers m, sums of gradients.
  package var states: ParameterStates = [:]
  private let options: Options

  package init(_ groups: [ParameterGroup], options: Options = Options()) {
    self.groups = groups
    self.options = options
  }

  package var rateLimit: Double { options.weightDecay > 0 ? 0.9 / options.weightDecay : .infinity }
  package var averageCount: Int { 1 }

  /// Takes a step by the formula.
  package func update(
    _ value: inout Tensor, by gradient: Tensor, _ state: inout ParameterState, _ step: ParameterStep
  ) {
    let decay = Float(step.isDecayed ? 1 - step.rate * options.weightDecay : 1)
    let (rate, momentum) = (Float(step.rate), Float(step.momentum))
    let count = value.elementCount
    ElementPointers.with(&value, gradient, &state.averages) { elements in
      ComputeContext.current.forEachPart(of: count, grain: elementsPerThread) { part in
        let (value, gradient, mean) = (elements.value, elements.gradient, elements.averages[0])
        for position in stride(from: part.lowerBound, to: part.upperBound, by: 8) {
          let sum = momentum * vector(mean, position) + vector(gradient, position)
          setVector(mean, position, sum)
          setVector(value, position, vector(value, position) * decay - rate * sum)
        }
      }
    }
  }
}
