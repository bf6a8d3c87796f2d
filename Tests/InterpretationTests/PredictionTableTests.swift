import Foundation
import Interpretation
import TestEnvironment
import Testing

@Suite struct PredictionTableTests {
  @Test func probabilitiesAreThoseOfTheDefinition() {
    var random = SplitMix64(seed: 1)
    let logits = PredictionTable(
      width: 4, values: (0..<80).map { _ in Float.random(in: -9...9, using: &random) })
    for temperature in [0.5, 1, 3] {
      let (classes, labels) = (
        logits.probabilities(temperature: temperature),
        logits.labelProbabilities(temperature: temperature)
      )
      for sample in 0..<logits.count {
        let powers = logits[sample].map { exp(Double($0) / temperature) }
        for (place, power) in powers.enumerated() {
          let position = sample * 4 + place
          #expect(abs(Double(classes.values[position]) - power / powers.reduce(0, +)) < 1e-6)
          #expect(abs(Double(labels.values[position]) - power / (1 + power)) < 1e-6)
        }
      }
    }
  }

  @Test func hugeLogitsStayNumbers() {
    let logits = PredictionTable(width: 2, values: [3e38, -3e38, 1000, 999])
    #expect(logits.probabilities().values.allSatisfy { $0.isFinite })
    #expect(logits.labelProbabilities().values == [1, 0, 1, 1])
    #expect(abs(logits.probabilities().values[2] - 0.7310586) < 1e-6)
  }

  /// NaNs are ranked last and tied, so their order does not affect the precision.
  @Test func whatIsNoNumberIsRankedLast() {
    let none: [(value: Float, isTrue: Bool)] = [(.nan, true), (.nan, false), (.nan, false)]
    for order in [none, none.reversed()] {
      #expect(abs(AveragePrecision.of(order) - 1 / 3) < 1e-12)
    }
    let some: [(value: Float, isTrue: Bool)] = [
      (.nan, true), (0.9, true), (.nan, false), (0.2, false),
    ]
    for order in [some, some.reversed()] {
      #expect(abs(AveragePrecision.of(order) - 0.75) < 1e-12)
    }
  }

  @Test func theFirstOfTheGreatestIsPredicted() {
    let table = PredictionTable(
      width: 3, values: [1, 2, 2, .nan, -1, -2, .nan, .nan, .nan, 5, .nan, 4])
    #expect((0..<4).map(table.predictedClass) == [1, 1, 0, 0])
    #expect(PredictionTable(width: 3, values: []).count == 0)
  }
}
