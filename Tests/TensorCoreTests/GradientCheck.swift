import TensorCore
import TestEnvironment
import Testing

/// Returns random numbers in -1 ... 1, excluding those near 0, where some functions are not differentiable.
func randomTensor(_ shape: Shape, seed: UInt64) -> Tensor {
  var generator = SplitMix64(seed: seed)
  return Tensor(
    shape,
    (0..<shape.elementCount).map { _ in
      Float.random(in: 0.05...1, using: &generator) * (Bool.random(using: &generator) ? 1 : -1)
    })
}

/// Returns whether two lists agree within `tolerance`, which is relative for numbers above 1.
func agree(_ found: [Float], _ expected: [Double], within tolerance: Double) -> Bool {
  found.count == expected.count
    && zip(found, expected).allSatisfy {
      abs(Double($0) - $1) <= tolerance * max(1, abs($1))
    }
}

/// Compares the gradients of `computation` with central differences. The loss is the sum of the output's elements with
/// random weights.
func expectGradients(
  of inputs: [Tensor], within tolerance: Double = 2e-3, step: Float = 0.01,
  sourceLocation: SourceLocation = #_sourceLocation,
  _ computation: (Tape, [Variable]) throws -> Variable
) throws {
  func loss(_ tape: Tape, _ variables: [Variable]) throws -> Variable {
    let output = try computation(tape, variables)
    let weights = Variable(randomTensor(output.shape, seed: 99))
    return try tape.sum(tape.multiply(output, weights))
  }
  let tape = Tape()
  let variables = inputs.map(tape.watch)
  let gradients = try tape.gradients(of: loss(tape, variables))
  for (position, input) in inputs.enumerated() {
    let found = try #require(gradients[variables[position]]?.tensor, sourceLocation: sourceLocation)
    #expect(found.shape == input.shape, sourceLocation: sourceLocation)
    let expected = try (0..<input.elementCount).map { element in
      let sides = try [step, -step].map { offset in
        var shifted = inputs
        shifted[position].withMutableElements { $0[element] += offset }
        return Double(try loss(Tape(isRecording: false), shifted.map(Variable.init)).value.number)
      }
      return (sides[0] - sides[1]) / (2 * Double(step))
    }
    #expect(
      agree(found.elements(), expected, within: tolerance),
      "input \(position): \(found.elements()) against \(expected)", sourceLocation: sourceLocation)
  }
}
