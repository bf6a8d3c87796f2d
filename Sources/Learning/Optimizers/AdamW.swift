package import Layers
package import TensorCore

/// Adam with decoupled weight decay (Loshchilov, Hutter, "Decoupled weight decay regularization",
/// 2019), as fastai computes it. At the t-th step of a parameter p with gradient g, rate r and the
/// step's momentum b1:
///
///     p = p (1 - r decay)
///     m = b1 m + (1 - b1) g
///     v = b2 v + (1 - b2) g²
///     p = p - r / (1 - b1^t) m / (sqrt(v / (1 - b2^t)) + epsilon)
///
/// Every number of a parameter moves in every step, those of unused table rows too. The same
/// gradients give the same bits, whatever the number of threads.
package final class AdamW: Optimizer {
  /// The constants of the formula.
  package struct Options: Sendable {
    /// b2: how much of the mean square of gradients a step keeps.
    package var beta2 = 0.99
    package var epsilon = 1e-5
    package var weightDecay = 0.01

    package init(beta2: Double = 0.99, epsilon: Double = 1e-5, weightDecay: Double = 0.01) {
      self.beta2 = beta2
      self.epsilon = epsilon
      self.weightDecay = weightDecay
    }

    /// See ``Optimizer/rateLimit``: a tenth of a parameter is left at this rate.
    package var rateLimit: Double { weightDecay > 0 ? 0.9 / weightDecay : .infinity }
  }

  package let groups: [ParameterGroup]
  /// The means of gradients and of their squares, m and v.
  package var states: ParameterStates = [:]
  private let options: Options

  package init(_ groups: [ParameterGroup], options: Options) {
    self.groups = groups
    self.options = options
  }

  package var rateLimit: Double { options.rateLimit }
  package var averageCount: Int { 2 }

  /// Takes the formula's step.
  package func update(
    _ value: inout Tensor, by gradient: Tensor, _ state: inout ParameterState, _ step: ParameterStep
  ) {
    let factors = AdamWFactors(step: state.step, step, options)
    let count = value.elementCount
    ElementPointers.with(&value, gradient, &state.averages) { elements in
      ComputeContext.current.forEachPart(of: count, grain: elementsPerThread) {
        factors.move(elements, $0)
      }
    }
  }
}

/// What the formula of ``AdamW`` comes to for one step.
private struct AdamWFactors: Sendable {
  let decay: Float
  let meanKept: Float
  let meanAdded: Float
  let squareKept: Float
  let squareAdded: Float
  /// 1 / (1 - b2^t).
  let squareScale: Float
  /// r / (1 - b1^t).
  let rate: Float
  let epsilon: Float

  init(step number: Int, _ step: ParameterStep, _ options: AdamW.Options) {
    decay = Float(step.isDecayed ? 1 - step.rate * options.weightDecay : 1)
    meanKept = Float(step.momentum)
    meanAdded = Float(1 - step.momentum)
    squareKept = Float(options.beta2)
    squareAdded = Float(1 - options.beta2)
    squareScale = Float(1 / (1 - power(options.beta2, number)))
    rate = Float(step.rate / (1 - power(step.momentum, number)))
    epsilon = Float(options.epsilon)
  }

  /// Moves the elements in `part`, eight at a time: the same formula for each, and so the same bits
  /// however the whole is cut.
  func move(_ elements: ElementPointers, _ part: Range<Int>) {
    let (value, gradient) = (elements.value, elements.gradient)
    let (mean, square) = (elements.averages[0], elements.averages[1])
    var position = part.lowerBound
    while position + 8 <= part.upperBound {
      let moved = step(
        vector(value, position), vector(mean, position), vector(square, position),
        vector(gradient, position))
      setVector(value, position, moved.p)
      setVector(mean, position, moved.m)
      setVector(square, position, moved.v)
      position += 8
    }
    while position < part.upperBound {
      let moved = step(
        SIMD8(repeating: value[position]), SIMD8(repeating: mean[position]),
        SIMD8(repeating: square[position]), SIMD8(repeating: gradient[position]))
      value[position] = moved.p[0]
      mean[position] = moved.m[0]
      square[position] = moved.v[0]
      position += 1
    }
  }

  @inline(__always)
  private func step(
    _ p: SIMD8<Float>, _ m: SIMD8<Float>, _ v: SIMD8<Float>, _ g: SIMD8<Float>
  ) -> (p: SIMD8<Float>, m: SIMD8<Float>, v: SIMD8<Float>) {
    let newM = meanKept * m + meanAdded * g
    let newV = squareKept * v + squareAdded * g * g
    let newP = p * decay - rate * (newM / ((newV * squareScale).squareRoot() + epsilon))
    return (newP, newM, newV)
  }
}

/// `base` to a whole power, by repeated squaring: the same bits on every platform.
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
