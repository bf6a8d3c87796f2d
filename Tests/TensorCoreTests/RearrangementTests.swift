import Errors
import TensorCore
import Testing

@Suite struct RearrangementTests {
  @Test func reshapes() throws {
    let input = randomTensor([2, 6], seed: 13)
    #expect(try input.reshaped(to: [3, 4]).elements() == input.elements())
    let numbers = Variable(Tensor([4], [1, 2, 3, 4] as [Int32]))
    #expect(try Tape().reshape(numbers, to: [2, 2]).shape == [2, 2])
    try expectGradients(of: [input]) { try $0.reshape($1[0], to: [4, 3]) }
  }

  @Test func joinsAlongADimension() throws {
    let parts = [
      randomTensor([2, 3, 4], seed: 6), randomTensor([2, 0, 4], seed: 7),
      randomTensor([2, 5, 4], seed: 8),
    ]
    let joined = try Tape().concatenate(parts.map(Variable.init), along: -2).value
    #expect(joined.shape == [2, 8, 4])
    let expected = Naive.positions([2, 8, 4]).map { at in
      at[1] < 3
        ? Naive.element(parts[0], at) : Naive.element(parts[2], [at[0], at[1] - 3, at[2]])
    }
    #expect(agree(joined.elements(), expected, within: 0))
    try expectGradients(of: [parts[0], parts[2]]) { try $0.concatenate($1, along: 1) }
    try expectGradients(of: [parts[0]]) { try $0.concatenate([$1[0], $1[0]], along: 0) }
  }

  @Test func saysWhatDoesNotFit() throws {
    let input = Variable(Tensor.zeros([2, 3]))
    for other in [Shape([3, 4]), [2, 3, 1]] {
      let error = #expect(throws: TensorError.self) {
        try Tape().concatenate([input, Variable(.zeros(other))], along: 0)
      }
      #expect(error?.code == .shapeMismatch && error?.place == "concatenation")
      let text = error?.description ?? ""
      #expect(text.contains("[2, 3]") && text.contains("\(other)"), "\(text)")
    }
  }
}
