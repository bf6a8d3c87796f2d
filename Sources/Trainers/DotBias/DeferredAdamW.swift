import Foundation
import Learning

/// The effect of ``AdamW`` on a number during steps with zero gradient, in closed form.
///
/// In such steps the running means only decay, so that all missed steps collapse into one product. Let r and b1 be the
/// scheduled rate and beta1 of step s, a_s = r / (1 - b1^s), d_s = 1 - r decay and k_s = 1 / (1 - b2^s). Suppose a
/// number p last moved in step t, in the direction u = m / (sqrt(v k_t) + epsilon). Its mean m and square v have
/// decayed since, so that step s moves it by
/// moves it by
///
///     a_s W(t, s) u,   W(t, s) = product over j in t+1 ... s of w_j,
///     w_j = b1_j sqrt(k_(j-1) / (k_j b2)),
///
/// if epsilon is assumed to decay with sqrt(v). This is the only approximation, and as negligible as epsilon is next to
/// sqrt(v). The combined effect of all steps up to s' is
///
///     p' = D p - C u,   D = product over j in t+1 ... s' of d_j,
///     C = sum over s in t+1 ... s' of a_s W(t, s) (product over j in s+1 ... s' of d_j)
///       = D (G(t) - R G(s')),   R = product over j in t+1 ... s' of w_j / d_j,
///     G(s - 1) = w_s / d_s (a_s + G(s)),   G(last) = 0.
///
/// Products are stored as sums of logarithms, and G is computed backwards from the end, so that nothing underflows in
/// long trainings.
struct DeferredAdamW {
  /// A step of the plan, as seen by a number that moved in it.
  struct Moment {
    /// The sums over all steps up to this one of ln(w / d), ln(d) and ln(b1).
    var logDrift = 0.0
    var logDecay = 0.0
    var logBeta1 = 0.0
    /// G: the distance that all remaining steps would move a number, in units of u.
    var tail = 0.0
  }

  /// By step, from 0 (before the first) to the last.
  let moments: [Moment]
  /// The update of a number with a known gradient, by step from 1; entry 0 is unused.
  let steps: [AdamW.Factors]
  /// ln(b2).
  let logBeta2: Double

  /// Precomputes the steps of `plan`. Complexity: O(steps), in time and in memory.
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
        // Before step 1 nothing has moved, and the multiplier of u = 0 can be any finite number.
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

  /// No step was missed.
  init() {}

  /// Computes the effect of the steps after `then` up to `now`.
  init(from then: Int, to now: Int, of adam: DeferredAdamW) {
    let (then, now) = (adam.moments[then], adam.moments[now])
    let decay = exp(now.logDecay - then.logDecay)
    self.decay = Float(decay)
    move = Float(decay * (then.tail - exp(now.logDrift - then.logDrift) * now.tail))
  }
}
