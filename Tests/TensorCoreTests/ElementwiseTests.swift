import TensorCore
import TestEnvironment
import Testing

/// Tests elementwise operations, which process sixteen elements at a time, with counts that fill the last vector and
/// counts that do not, on one thread and on several.
@Suite struct ElementwiseTests {
  private static let cases = [1, 15, 16, 17, 33, 50_003].flatMap { count in
    [ElementType.float32, .bfloat16].map { (count, $0) }
  }

  /// Returns integers that bfloat16 represents exactly, as it does the sum of two.
  private func whole(_ count: Int, seed: UInt64) -> [Float] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in Float(Int.random(in: -60...60, using: &random)) }
  }

  private func agree(_ found: Tensor, _ expected: [Float]) throws -> Bool {
    TensorCoreTests.agree(
      try found.rowMajor(as: .float32).elements(), expected.map(Double.init), within: 1e-6)
  }

  @Test(arguments: cases) func addsAndActivates(_ count: Int, _ type: ElementType) throws {
    // On oneDNN's thread, where loops of two grains are divided among its team.
    try ComputeContext.current.run { try expectSums(count, type) }
  }

  private func expectSums(_ count: Int, _ type: ElementType) throws {
    let (left, right, arriving) = (
      whole(count, seed: 1), whole(count, seed: 2), whole(count, seed: 3)
    )
    let tape = Tape()
    let variables = try [left, right].map {
      tape.watch(try Tensor([count], $0).rowMajor(as: type))
    }
    let sum = try tape.addReLU(variables[0], variables[1])
    let activated = try tape.relu(variables[0])
    let sums = zip(left, right).map { max($0 + $1, 0) }
    #expect(try agree(sum.value, sums))
    #expect(
      try agree(activated.value, left.map { max($0, 0) }))

    let weights = Variable(Tensor([count], arriving))
    let both = [sum, activated]
    let total = try both.map {
      try tape.sum(tape.multiply(tape.convert($0, to: .float32), weights))
    }
    let gradients = try tape.gradients(of: tape.add(total[0], total[1]))
    let byLeft = try #require(gradients[variables[0]]?.tensor)
    let byRight = try #require(gradients[variables[1]]?.tensor)
    let throughSum = zip(sums, arriving).map { $0 > 0 ? $1 : 0 }
    let throughBoth = zip(zip(left, arriving), throughSum).map { ($0.0 > 0 ? $0.1 : 0) + $1 }
    #expect(try agree(byRight, throughSum))
    #expect(try agree(byLeft, throughBoth))
  }

  @Test(arguments: [ElementType.float32, .bfloat16])
  func notANumberStaysOne(_ type: ElementType) throws {
    let numbers = try Tensor([3], [.nan, 1, -.infinity] as [Float]).rowMajor(as: type)
    let found = try Tape().relu(Variable(numbers)).value.rowMajor(as: .float32)
      .elements()
    #expect(found[0].isNaN && found[1] == 1 && found[2] == 0)
  }

  /// Sums are rounded to nearest, ties to even, at each position of a vector.
  @Test func sumsAreRounded() throws {
    let left = (0..<16).map { 256 + Float($0 * 2) }
    let tape = Tape()
    let sum = try tape.addReLU(
      Variable(try Tensor([16], left).rowMajor(as: .bfloat16)),
      Variable(try Tensor([16], [Float](repeating: 1, count: 16)).rowMajor(as: .bfloat16)))
    // Between 256 and 512, bfloat16 represents multiples of 2, so each sum is a tie.
    let expected = left.map { $0.truncatingRemainder(dividingBy: 4) == 0 ? $0 : $0 + 2 }
    #expect(try agree(sum.value, expected))
  }
}
