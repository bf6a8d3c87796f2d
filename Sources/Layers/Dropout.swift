package import TensorCore

/// In training sets each element to 0 with a probability and makes the others larger, so that the
/// mean stays ("inverted"); else hands its input on (Srivastava et al., "Dropout", 2014).
package final class Dropout: Layer {
  /// The probability of 0.
  package let share: Float

  /// Traps unless `share` is within 0 ... 1.
  package init(_ share: Float) {
    precondition((0...1).contains(share), "a share of \(share)")
    self.share = share
  }

  /// Takes the next of the pass's lots.
  package func callAsFunction(
    _ input: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    guard pass.isTraining, share > 0 else { return input }
    let seed = pass.random.next()
    return try pass.tape.dropout(
      input, share: share, random: RandomStream(seed: seed, stream: 0))
  }
}
