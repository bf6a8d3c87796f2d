import Foundation
import Learning

/// What ``AdamW`` does to a number in the steps in which its gradient is zero, in closed form.
///
/// In such steps the running means only shrink, so that all missed steps come to one product. With r, b1 the
/// scheduled rate and beta1 of step s, a_s = r / (1 - b1^s), d_s = 1 - r decay and
/// k_s = 1 / (1 - b2^s), let a number p have been moved last in step t, in the direction
/// u = m / (sqrt(v k_t) + epsilon). Its mean m and its square v have shrunk since, so that step s
/// moves it by
///
///     a_s W(t, s) u,   W(t, s) = product over j in t+1 ... s of w_j,
///     w_j = b1_j sqrt(k_(j-1) / (k_j b2)),
///
/// where epsilon is taken to shrink with sqrt(v) - the only thing that is not exact; it matters as
/// little as epsilon does beside sqrt(v). After step s' all together are
///
///     p' = D p - C u,   D = product over j in t+1 ... s' of d_j,
///     C = sum over s in t+1 ... s' of a_s W(t, s) (product over j in s+1 ... s' of d_j)
///       = D (G(t) - R G(s')),   R = product over j in t+1 ... s' of w_j / d_j,
///     G(s - 1) = w_s / d_s (a_s + G(s)),   G(last) = 0.
///
/// Products are kept as sums of logarithms and G is computed from the end, so that nothing
/// underflows however long the training is.
struct DeferredAdamW {
  /// A step of the plan as it looks to a number that was moved in it.
  struct Moment {
    /// Sums over all steps up to this one of ln(w / d), ln(d) and ln(b1).
    var logDrift = 0.0
    var logDecay = 0.0
    var logBeta1 = 0.0
    /// G: what all steps still to come would move a number by, in units of u.
    var tail = 0.0
  }

  /// By step, from 0 (before the first) to the last.
  let moments: [Moment]
  /// What a step does to a number whose gradient is known: by step, from 1; the first is not used.
  let steps: [AdamW.Factors]
  /// ln(b2).
  let logBeta2: Double

  /// Everything about the steps of `plan`. Complexity: O(steps), in time and in memory.
  init(plan: RatePlan, options: AdamW.Options) {
    let count = plan.stepCount
    var moments = [Moment](repeating: Moment(), count: count + 1)
    var steps: [AdamW.Factors] = []
    steps.reserveCapacity(count + 1)
    let beta2 = options.beta2
    var drifts = [Double](repeating: 0, count: count + 1)
    var rates = [Double](repeating: 0, count: count + 1)
    var squareScale = 0.0
    for number in 0...count {
      let step = plan.step(max(number, 1))
      let decay = 1 - step.rate * options.weightDecay
      let rate = step.rate / (1 - pow(step.momentum, Double(number)))
      let scale = 1 / (1 - pow(beta2, Double(number)))
      if number > 0 {
        // Before step 1 nothing has moved, and what multiplies u = 0 may be anything finite.
        let shrinking = number == 1 ? 1 : (squareScale / (scale * beta2)).squareRoot()
        let drift = step.momentum * shrinking / decay
        drifts[number] = drift
        rates[number] = rate
        moments[number].logDrift = moments[number - 1].logDrift + log(drift)
        moments[number].logDecay = moments[number - 1].logDecay + log(decay)
        moments[number].logBeta1 = moments[number - 1].logBeta1 + log(step.momentum)
      }
      squareScale = scale
      let settings = ParameterStep(rate: step.rate, momentum: step.momentum, isDecayed: true)
      steps.append(AdamW.Factors(of: number, settings, options))
    }
    for number in stride(from: count, to: 0, by: -1) {
      moments[number - 1].tail = drifts[number] * (rates[number] + moments[number].tail)
    }
    self.moments = moments
    self.steps = steps
    logBeta2 = log(beta2)
  }
}

/// The D and C of ``DeferredAdamW``: `p' = decay p - move u`.
struct CatchUp {
  var decay: Float = 1
  var move: Float = 0

  /// Nothing was missed.
  init() {}

  /// What the steps after `then` up to `now` do.
  init(from then: Int, to now: Int, of adam: DeferredAdamW) {
    let (then, now) = (adam.moments[then], adam.moments[now])
    let decay = exp(now.logDecay - then.logDecay)
    self.decay = Float(decay)
    move = Float(decay * (then.tail - exp(now.logDrift - then.logDrift) * now.tail))
  }
}
