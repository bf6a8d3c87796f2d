import Errors
import Foundation
import TensorCore
import Testing

@Suite struct LossOperationTests {
  private let classes: [UInt32] = [2, 0, 9, 4]

  @Test(arguments: [Float(0), 0.1, 1]) func crossEntropies(_ smoothing: Float) throws {
    let scores = randomTensor([4, 10], seed: 1)
    let found = try Tape().crossEntropy(
      Variable(scores), classes: classes, smoothing: smoothing
    ).value.number
    var expected = 0.0
    for row in 0..<4 {
      let powers = (0..<10).map { exp(Naive.element(scores, [row, $0])) }
      let logarithms = powers.map { log($0 / powers.reduce(0, +)) }
      for column in 0..<10 {
        let isRight = UInt32(column) == classes[row]
        let probability = (isRight ? 1 - Double(smoothing) : 0) + Double(smoothing) / 10
        expected -= probability * logarithms[column] / 4
      }
    }
    #expect(agree([found], [expected], within: 1e-6))
    try expectGradients(of: [scores]) {
      try $0.crossEntropy($1[0], classes: classes, smoothing: smoothing)
    }
  }

  /// PyTorch's formula, written naively: each class's term times its weight, divided by the sum of the true classes'
  /// weights or, for probabilities, by the number of rows.
  @Test(arguments: [Float(0), 0.1]) func classesWeighWhatTheyAreGiven(_ smoothing: Float) throws {
    let scores = randomTensor([4, 10], seed: 5)
    let weights = (0..<10).map { 0.25 + Float($0) / 3 }
    let probabilities = Tensor([4, 10]) { numbers in
      for row in 0..<4 {
        for column in 0..<10 {
          numbers[row * 10 + column] =
            UInt32(column) == classes[row] ? 0.7 : column == (row + 5) % 10 ? 0.3 : 0
        }
      }
    }
    func expected(_ target: (Int, Int) -> Double, _ divisor: Double) -> Double {
      var sum = 0.0
      for row in 0..<4 {
        let powers = (0..<10).map { exp(Naive.element(scores, [row, $0])) }
        for column in 0..<10 {
          let probability =
            target(row, column) * (1 - Double(smoothing)) + Double(smoothing) / 10
          sum -=
            Double(weights[column]) * probability * log(powers[column] / powers.reduce(0, +))
        }
      }
      return sum / divisor
    }
    let ofClasses = try Tape().crossEntropy(
      Variable(scores), classes: classes, weights: weights, smoothing: smoothing)
    let right = classes.reduce(0.0) { $0 + Double(weights[Int($1)]) }
    let naive = expected({ UInt32($1) == classes[$0] ? 1 : 0 }, right)
    #expect(agree([ofClasses.value.number], [naive], within: 1e-6))
    let mixed = try Tape().crossEntropy(
      Variable(scores), probabilities: probabilities, weights: weights, smoothing: smoothing)
    let naiveMixed = expected({ Naive.element(probabilities, [$0, $1]) }, 4)
    #expect(agree([mixed.value.number], [naiveMixed], within: 1e-6))
    try expectGradients(of: [scores]) {
      try $0.crossEntropy($1[0], classes: classes, weights: weights, smoothing: smoothing)
    }
    try expectGradients(of: [scores]) {
      try $0.crossEntropy(
        $1[0], probabilities: probabilities, weights: weights, smoothing: smoothing)
    }
    for (classes, weights) in [(classes, [Float(1)]), (Array(classes.dropLast()), weights)] {
      let error = #expect(throws: TensorError.self) {
        try Tape().crossEntropy(Variable(scores), classes: classes, weights: weights)
      }
      #expect(error?.code == .shapeMismatch)
    }
    let other = #expect(throws: TensorError.self) {
      try Tape().crossEntropy(Variable(scores), probabilities: Tensor.zeros([4, 9]))
    }
    #expect(other?.code == .shapeMismatch)
  }

  /// The loss is `-(w y ln s + (1 - y) ln(1 - s))`, with a weight `w` for each column.
  @Test func positivesWeighWhatTheyAreGiven() throws {
    let logits = randomTensor([5, 3], seed: 6)
    let kinds: [Float] = [0, 1, 0.25, 1, 0, 0, 1, 0.25]
    let targets = Tensor([5, 3], (0..<15).map { kinds[$0 % kinds.count] })
    let weights: [Float] = [0.5, 1, 7]
    var expected = 0.0
    for row in 0..<5 {
      for column in 0..<3 {
        let sigmoid = 1 / (1 + exp(-Naive.element(logits, [row, column])))
        let target = Naive.element(targets, [row, column])
        let positive = Double(weights[column]) * target * log(sigmoid)
        let negative = (1 - target) * log(1 - sigmoid)
        expected -= (positive + negative) / 15
      }
    }
    let found = try Tape().binaryCrossEntropy(
      logits: Variable(logits), targets: Variable(targets), positiveWeights: weights)
    #expect(agree([found.value.number], [expected], within: 1e-6))
    try expectGradients(of: [logits, targets]) {
      try $0.binaryCrossEntropy(logits: $1[0], targets: $1[1], positiveWeights: weights)
    }
    // Far from 0, no precision is lost.
    let extremes = Tensor([2, 1], [-1e4, 1e4] as [Float])
    let far = try Tape().binaryCrossEntropy(
      logits: Variable(extremes), targets: Variable(Tensor([2, 1], [1, 1] as [Float])),
      positiveWeights: [3])
    #expect(agree([far.value.number], [1.5e4], within: 1e-6))
    let error = #expect(throws: TensorError.self) {
      try Tape().binaryCrossEntropy(
        logits: Variable(logits), targets: Variable(targets), positiveWeights: [1, 2])
    }
    #expect(error?.code == .shapeMismatch)
  }

  @Test func errorsAndBinaryCrossEntropyDifferentiate() throws {
    let inputs = [randomTensor([4, 3], seed: 2), randomTensor([4, 3], seed: 3)]
    try expectGradients(of: inputs) { try $0.meanAbsoluteError($1[0], $1[1]) }
    try expectGradients(of: inputs) { try $0.binaryCrossEntropy(logits: $1[0], targets: $1[1]) }
  }

  @Test func binaryCrossEntropyKeepsItsDigitsAtTheEnds() throws {
    for (logit, target, expected) in [
      (100, 0, 100), (-100, 1, 100), (15, 1, log1p(exp(-15))), (-15, 0, log1p(exp(-15))),
      (5, 1, log1p(exp(-5))), (100, 1, 0), (-1e4, 1, 1e4), (0, 0.3, log(2)),
    ] as [(Double, Double, Double)] {
      let found = try Tape().binaryCrossEntropy(
        logits: Variable(Tensor(Float(logit))), targets: Variable(Tensor(Float(target))))
      #expect(
        abs(Double(found.value.number) - expected) <= 1e-6 * expected + 1e-40,
        "\(logit), \(target): \(found.value.number)")
    }
  }

  @Test func lossesAreTameWithExtremeScores() throws {
    let tape = Tape()
    let scores = tape.watch(Tensor([2, 3], [1e4, 0, -1e4, 1e4, 0, -1e4] as [Float]))
    let loss = try tape.crossEntropy(scores, classes: [0, 2])
    #expect(abs(loss.value.number - 10_000) < 0.01)
    let gradient = try tape.gradients(of: loss)[scores]?.tensor.elements()
    #expect(agree(gradient ?? [], [0, 0, 0, 0.5, 0, -0.5], within: 1e-6))
  }

  @Test func lossesOfNothingAreNoNumber() throws {
    let empty = Variable(Tensor.zeros([0, 3]))
    #expect(try Tape().crossEntropy(empty, classes: []).value.number.isNaN)
    #expect(try Tape().meanAbsoluteError(empty, empty).value.number.isNaN)
    #expect(try Tape().binaryCrossEntropy(logits: empty, targets: empty).value.number.isNaN)
  }

  @Test func namesTheOperationAndBothShapes() {
    let tape = Tape()
    let a = Variable(Tensor.zeros([2, 3]))
    let b = Variable(Tensor.zeros([4, 5]))
    let failing: [(String, () throws(TensorError) -> Variable)] = [
      ("mean absolute error", { () throws(TensorError) in try tape.meanAbsoluteError(a, b) }),
      (
        "binary cross-entropy",
        { () throws(TensorError) in try tape.binaryCrossEntropy(logits: a, targets: b) }
      ),
      (
        "matrix product",
        { () throws(TensorError) in
          try tape.matmul(
            Variable(.zeros([2, 3])), transposed: Variable(.zeros([4, 5])))
        }
      ),
    ]
    for (name, operation) in failing {
      let error = #expect(throws: TensorError.self) { try operation() }
      #expect(error?.code == .shapeMismatch && error?.place == name)
      let text = error?.description ?? ""
      #expect(text.contains("2, 3]") && text.contains("[4, 5"), "\(text)")
    }
    let rows = #expect(throws: TensorError.self) { try tape.crossEntropy(a, classes: [1]) }
    #expect(rows?.code == .shapeMismatch && rows?.place == "cross-entropy")
    let outside = #expect(throws: TensorError.self) { try tape.crossEntropy(a, classes: [1, 3]) }
    #expect(outside?.code == .indexOutOfRange)
  }
}
