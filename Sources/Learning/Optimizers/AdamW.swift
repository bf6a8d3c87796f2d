package import Layers
package import TensorCore

/// Adam with decoupled weight decay (Loshchilov, Hutter, "Decoupled weight decay regularization", 2019), as computed by
/// fastai. At the t-th step of a parameter p with gradient g, rate r and the step's momentum beta1:
///
///     p = p (1 - r decay)
///     m = beta1 m + (1 - beta1) g
///     v = beta2 v + (1 - beta2) g²
///     p = p - r / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + epsilon)
///
/// Every element of a parameter is updated in every step, including unused table rows. The same gradients give the same
/// bits for any number of threads.
package final class AdamW: Optimizer {
  /// The hyperparameters of the formula.
  package struct Options: Sendable {
    /// beta2: the decay rate of the moving average of squared gradients.
    package var beta2: Double
    package var epsilon: Double
    package var weightDecay: Double

    package init(beta2: Double = 0.99, epsilon: Double = 1e-5, weightDecay: Double = 0.01) {
      self.beta2 = beta2
      self.epsilon = epsilon
      self.weightDecay = weightDecay
    }

    /// See ``Optimizer/rateLimit``: at this rate, weight decay leaves a tenth of a parameter.
    package var rateLimit: Double { weightDecay > 0 ? 0.9 / weightDecay : .infinity }
  }

  package let groups: [ParameterGroup]
  /// The moving averages m and v of the gradients and their squares.
  package var states: ParameterStates = [:]
  private let options: Options

  package init(_ groups: [ParameterGroup], options: Options) {
    self.groups = groups
    self.options = options
  }

  package var rateLimit: Double { options.rateLimit }
  package var averageCount: Int { 2 }

  /// Takes a step by the formula.
  package func update(
    _ value: inout Tensor, by gradient: Tensor, _ state: inout ParameterState, _ step: ParameterStep
  ) {
    let factors = Factors(of: state.step, step, options)
    let count = value.elementCount
    ElementPointers.with(&value, gradient, &state.averages) { elements in
      ComputeContext.current.forEachPart(of: count, grain: elementsPerThread) {
        factors.move(elements, $0)
      }
    }
  }
}

extension AdamW {
  /// The coefficients of the formula for one step.
  package struct Factors: Sendable {
    package let decay: Float
    package let meanKept: Float
    package let meanAdded: Float
    package let squareKept: Float
    package let squareAdded: Float
    /// 1 / (1 - b2^t).
    package let squareScale: Float
    /// r / (1 - b1^t).
    package let rate: Float
    package let epsilon: Float

    /// Computes the coefficients of a parameter's step `number`, counted from 1.
    package init(of number: Int, _ step: ParameterStep, _ options: Options) {
      decay = Float(step.isDecayed ? 1 - step.rate * options.weightDecay : 1)
      meanKept = Float(step.momentum)
      meanAdded = Float(1 - step.momentum)
      squareKept = Float(options.beta2)
      squareAdded = Float(1 - options.beta2)
      squareScale = Float(1 / (1 - power(options.beta2, number)))
      rate = Float(step.rate / (1 - power(step.momentum, number)))
      epsilon = Float(options.epsilon)
    }
  }
}

extension AdamW.Factors {
  /// Updates the elements in `part`, eight at a time. Each uses the same formula, so the bits do not depend on how the
  /// range is split.
  fileprivate func move(_ elements: ElementPointers, _ part: Range<Int>) {
    let (value, gradient) = (elements.value, elements.gradient)
    let (mean, square) = (elements.averages[0], elements.averages[1])
    for position in stride(from: part.lowerBound, to: part.upperBound, by: 8) {
      let g = vector(gradient, position)
      let m = meanKept * vector(mean, position) + meanAdded * g
      let v = squareKept * vector(square, position) + squareAdded * g * g
      let direction = m / ((v * squareScale).squareRoot() + epsilon)
      setVector(value, position, vector(value, position) * decay - rate * direction)
      setVector(mean, position, m)
      setVector(square, position, v)
    }
  }
}

/// Returns `base` to an integer power, by repeated squaring: the same bits on every platform.
private func power(_ base: Double, _ exponent: Int) -> Double {
  var result = 1.0
  var square = base
  var rest = exponent
  while rest > 0 {
    if rest & 1 == 1 { result *= square }
    square *= square
    rest >>= 1
  }
  return result
}
