import TensorCore
import Testing

@Suite struct TapeTests {
  @Test func addsGradientsOfRepeatedUse() throws {
    let tape = Tape()
    let x = tape.watch(Tensor(3))
    // x² x + x has the derivative 3x² + 1.
    let cube = try tape.multiply(tape.multiply(x, x), x)
    let gradients = try tape.gradients(of: tape.add(cube, x))
    #expect(abs((gradients[x]?.tensor.number ?? 0) - 28) < 1e-5)
  }

  @Test func leavesConstantsAndStrangersAlone() throws {
    let tape = Tape()
    let x = tape.watch(Tensor(2))
    let unused = tape.watch(Tensor(5))
    let constant = Variable(Tensor(7))
    let gradients = try tape.gradients(of: tape.multiply(x, constant))
    #expect(gradients[x]?.tensor.number == 7)
    #expect(gradients[unused] == nil)
    #expect(gradients[constant] == nil)
  }

  @Test func recordsNothingForInference() throws {
    let tape = Tape(isRecording: false)
    let x = tape.watch(Tensor(2))
    let product = try tape.multiply(x, x)
    #expect(product.value.number == 4)
    #expect(try tape.gradients(of: product)[x] == nil)
  }

  @Test func differentiatesAPerceptron() throws {
    let inputs = [
      randomTensor([5, 4], seed: 1), randomTensor([6, 4], seed: 2), randomTensor([6], seed: 3),
      randomTensor([2, 6], seed: 4),
    ]
    try expectGradients(of: inputs, within: 1e-2, step: 2e-3) { tape, values in
      let hidden = try tape.add(
        tape.matmul(values[0], transposed: values[1]), values[2])
      let output = try tape.matmul(tape.sigmoid(hidden), transposed: values[3])
      return try tape.sigmoid(output, from: 0, to: 5.5)
    }
  }
}
