import Foundation

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
