import Interpretation
import TestEnvironment
import Testing

@Suite struct ConfusionMatrixTests {
  @Test func countsAreThoseOfTheSamples() {
    var random = SplitMix64(seed: 2)
    let actual = (0..<500).map { _ in Int.random(in: 0..<5, using: &random) }
    let predicted = actual.map {
      Bool.random(using: &random) ? $0 : Int.random(in: 0..<5, using: &random)
    }
    let matrix = ConfusionMatrix(actual: actual, predicted: predicted, classCount: 6)
    let pairs = Array(zip(actual, predicted))
    for row in 0..<6 {
      for column in 0..<6 {
        #expect(matrix[row, column] == pairs.count { $0.0 == row && $0.1 == column })
      }
      let own = matrix.perClass[row]
      #expect(own.truePositives == pairs.count { $0.0 == row && $0.1 == row })
      #expect(own.falsePositives == pairs.count { $0.0 != row && $0.1 == row })
      #expect(own.falseNegatives == pairs.count { $0.0 == row && $0.1 != row })
      #expect(own.trueNegatives == pairs.count { $0.0 != row && $0.1 != row })
    }
    #expect(matrix.count == 500)
    #expect(abs(matrix.accuracy - Double(pairs.count { $0.0 == $0.1 }) / 500) < 1e-12)
    #expect(ConfusionMatrix(actual: [], predicted: [], classCount: 2).accuracy.isNaN)
  }

  @Test func theMostConfusedComeFirst() {
    let matrix = ConfusionMatrix(
      actual: [0, 0, 1, 1, 2, 2, 2, 0], predicted: [1, 1, 0, 0, 2, 1, 0, 0], classCount: 3)
    let pairs = matrix.mostConfused()
    #expect(pairs.map { [$0.actual, $0.predicted] } == [[0, 1], [1, 0], [2, 0], [2, 1]])
    #expect(pairs.map(\.count) == [2, 2, 1, 1])
    #expect(matrix.mostConfused(atLeast: 2).count == 2)
    #expect(matrix.mostConfused(atLeast: 0) == pairs, "what never happened is not confused")
  }

  @Test func sharesOfNothingAreZero() {
    let none = BinaryCounts(trueNegatives: 3)
    #expect(none.precision == 0 && none.recall == 0 && none.f1 == 0)
    let some = BinaryCounts(truePositives: 3, falsePositives: 1, falseNegatives: 2)
    #expect(some.precision == 0.75 && abs(some.recall - 0.6) < 1e-12)
    #expect(abs(some.f1 - 2 * 0.75 * 0.6 / (0.75 + 0.6)) < 1e-12 && some.support == 5)
  }

  @Test func groupsAreTheWeakestFirst() {
    let names = Array(repeating: "a", count: 10) + Array(repeating: "b", count: 100) + ["c"]
    let right =
      (0..<10).map { $0 < 8 } + (0..<100).map { $0 < 40 } + [false]
    let figures = GroupFigures(of: names, isRight: right)
    #expect(figures.groups.map(\.name) == ["b", "c", "a"])
    #expect(figures.groups.map(\.isWeak) == [false, false, false])
    let a = figures.groups[2]
    // Wilson's interval for 8 of 10.
    #expect(
      abs(a.interval.lowerBound - 0.4902) < 1e-4 && abs(a.interval.upperBound - 0.9433) < 1e-4)
    let weak = GroupFigures(
      of: names, isRight: (0..<10).map { _ in true } + (0..<100).map { $0 < 90 } + [false])
    #expect(weak.groups.first { $0.name == "c" }?.isWeak == true)
    #expect(weak.groups.first { $0.name == "b" }?.isWeak == false)
    #expect(GroupFigures(of: [], isRight: []).groups.isEmpty)
  }
}
