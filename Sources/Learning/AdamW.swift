package import Layers
import TensorCore

/// Adam with decoupled weight decay (Loshchilov, Hutter, "Decoupled weight decay regularization",
/// 2019), as fastai computes it. At the t-th step of a parameter p with gradient g, rate r and the
/// step's momentum b1:
///
///     p = p (1 - r decay)
///     m = b1 m + (1 - b1) g
///     v = b2 v + (1 - b2) g²
///     p = p - r / (1 - b1^t) m / (sqrt(v / (1 - b2^t)) + epsilon)
///
/// Every number of a parameter moves in every step, those of unused table rows too.
package final class AdamW {
  /// The constants of the formula.
  package struct Options: Sendable {
    /// b2: how much of the mean square of gradients a step keeps.
    package var squareMomentum = 0.99
    package var epsilon = 1e-5
    package var weightDecay = 0.01

    package init(
      squareMomentum: Double = 0.99, epsilon: Double = 1e-5, weightDecay: Double = 0.01
    ) {
      self.squareMomentum = squareMomentum
      self.epsilon = epsilon
      self.weightDecay = weightDecay
    }
  }

  private struct State {
    var mean: Tensor
    var square: Tensor
    var step = 0
    /// A table of zeros, into which the rows of a sparse gradient are written for one step.
    var rowSums: Tensor?
  }

  /// The parameters, by group.
  package let groups: [ParameterGroup]
  private let options: Options
  private var states: [ObjectIdentifier: State] = [:]

  package init(_ groups: [ParameterGroup], options: Options) {
    self.groups = groups
    self.options = options
  }

  /// Moves every parameter that has a gradient, group by group at `rates`, and takes its gradient
  /// away. Frozen parameters stay. Traps unless there is a rate for each group. Complexity: O(numbers).
  package func step(rates: [Double], momentum: Double) {
    precondition(rates.count == groups.count, "\(rates.count) rates, \(groups.count) groups")
    for (group, rate) in zip(groups, rates) {
      for parameter in group.parameters {
        guard let gradient = parameter.gradient else { continue }
        parameter.gradient = nil
        if !parameter.isFrozen { update(parameter, gradient, rate: rate, momentum: momentum) }
      }
    }
  }

  private func update(
    _ parameter: Parameter, _ gradient: Gradient, rate: Double, momentum: Double
  ) {
    let key = ObjectIdentifier(parameter)
    let shape = parameter.value.shape
    // Taken out, so that its tensors have one owner and change in place.
    var state =
      states.removeValue(forKey: key) ?? State(mean: .zeros(shape), square: .zeros(shape))
    state.step += 1
    let factors = AdamWFactors(
      step: state.step, rate: rate, momentum: momentum, options: options,
      isDecayed: parameter.isDecayed)
    switch gradient {
    case .dense(let tensor):
      factors.update(&parameter.value, &state.mean, &state.square, gradient: tensor)
    case .rows(let rows):
      var sums = state.rowSums.take() ?? .zeros(shape)
      rows.add(to: &sums)
      factors.update(&parameter.value, &state.mean, &state.square, gradient: sums)
      rows.clear(in: &sums)
      state.rowSums = sums
    }
    states[key] = state
  }
}

/// What the formula of ``AdamW`` comes to for one step.
struct AdamWFactors {
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

  init(step: Int, rate: Double, momentum: Double, options: AdamW.Options, isDecayed: Bool) {
    decay = Float(isDecayed ? 1 - rate * options.weightDecay : 1)
    meanKept = Float(momentum)
    meanAdded = Float(1 - momentum)
    squareKept = Float(options.squareMomentum)
    squareAdded = Float(1 - options.squareMomentum)
    squareScale = Float(1 / (1 - power(options.squareMomentum, step)))
    self.rate = Float(rate / (1 - power(momentum, step)))
    epsilon = Float(options.epsilon)
  }

  func update(
    _ value: inout Tensor, _ mean: inout Tensor, _ square: inout Tensor, gradient: Tensor
  ) {
    precondition(gradient.shape == value.shape, "\(gradient.shape) for \(value.shape)")
    value.withMutableElements { p in
      mean.withMutableElements { m in
        square.withMutableElements { v in
          gradient.withElements { g in
            for i in p.indices {
              let newMean = meanKept * m[i] + meanAdded * g[i]
              let newSquare = squareKept * v[i] + squareAdded * g[i] * g[i]
              m[i] = newMean
              v[i] = newSquare
              p[i] =
                p[i] * decay - rate * (newMean / ((newSquare * squareScale).squareRoot() + epsilon))
            }
          }
        }
      }
    }
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
