import Interpretation
import TestEnvironment
import Testing

@Suite struct LabelErrorsTests {
  /// Returns predictions of a fair classifier and labels of which one in twenty is wrong.
  private static func noisy(seed: UInt64) -> (
    probabilities: PredictionTable, labels: [Int], wrong: Set<Int>
  ) {
    var random = SplitMix64(seed: seed)
    let (count, width) = (2000, 6)
    let classes = (0..<count).map { _ in Int.random(in: 0..<width, using: &random) }
    let logits = classes.flatMap { own in
      (0..<width).map {
        Float.random(in: -2...2, using: &random)
          + ($0 == own ? Float.random(in: 2...6, using: &random) : 0)
      }
    }
    var labels = classes
    var wrong: Set<Int> = []
    while wrong.count < count / 20 {
      let sample = Int.random(in: 0..<count, using: &random)
      guard wrong.insert(sample).inserted else { continue }
      labels[sample] = (classes[sample] + Int.random(in: 1..<width, using: &random)) % width
    }
    return (PredictionTable(width: width, values: logits).probabilities(), labels, wrong)
  }

  @Test(arguments: LabelErrors.Ranking.allCases) func plantedErrorsComeFirst(
    _ ranking: LabelErrors.Ranking
  ) {
    for seed in 1...3 as ClosedRange<UInt64> {
      let (probabilities, labels, wrong) = Self.noisy(seed: seed)
      let errors = LabelErrors(probabilities, labels: labels, by: ranking)
      #expect(Set(errors.ranked.map(\.sample)) == Set(0..<2000))
      let first = errors.ranked.prefix(200)
      let found = first.count { wrong.contains($0.sample) }
      #expect(found >= 70, "\(ranking): \(found) of \(wrong.count)")
      #expect(abs(errors.estimatedCount - wrong.count) < 60, "\(errors.estimatedCount)")
      let likely = errors.likely
      #expect(likely.count <= errors.estimatedCount && likely.allSatisfy(\.isConfident))
      let right = likely.count { wrong.contains($0.sample) }
      #expect(right * 2 > likely.count, "\(right) of \(likely.count)")
    }
  }

  /// Computed by hand: the thresholds are 0.65 and 0.6, so samples 2 and 4 count as the other class.
  @Test func countsAreThoseOfTheDefinition() {
    let probabilities = PredictionTable(
      width: 2,
      values: [0.9, 0.1, 0.8, 0.2, 0.25, 0.75, 0.2, 0.8, 0.7, 0.3, 0.3, 0.7].map { Float($0) })
    let errors = LabelErrors(probabilities, labels: [0, 0, 0, 1, 1, 1])
    #expect(errors.ranked.prefix(2).map(\.sample) == [2, 4])
    let suspect = errors.ranked[0]
    #expect(suspect.label == 0 && suspect.suggested == 1 && suspect.suggestedProbability == 0.75)
    #expect(errors.ranked.filter(\.isConfident).map(\.sample) == [2, 4])
    #expect(errors.estimatedCount == 2 && errors.likely.map(\.sample) == [2, 4])
  }

  @Test func labelsThatAreAllRightAreNoErrors() {
    let probabilities = PredictionTable(
      width: 3, values: [0.8, 0.1, 0.1, 0.1, 0.8, 0.1, 0.7, 0.2, 0.1])
    let errors = LabelErrors(probabilities, labels: [0, 1, 0])
    #expect(errors.estimatedCount == 0 && errors.likely.isEmpty && errors.ranked.count == 3)
  }
}
