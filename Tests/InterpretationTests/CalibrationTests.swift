import Foundation
import Interpretation
import TestEnvironment
import Testing

/// Compares thresholds and temperatures with the samples' true parameters and with naive counts.
@Suite struct CalibrationTests {
  /// Returns logits scaled by `factor`, with classes drawn from the unscaled logits' probabilities.
  private func samples(
    _ count: Int, width: Int, told factor: Float, seed: UInt64
  ) -> (logits: PredictionTable, classes: [Int]) {
    var random = SplitMix64(seed: seed)
    let own = PredictionTable(
      width: width,
      values: (0..<count * width).map { _ in Float.random(in: -2...2, using: &random) })
    let probabilities = own.probabilities()
    let classes = (0..<count).map { sample in
      var rest = Float.random(in: 0..<1, using: &random)
      for (place, probability) in probabilities[sample].enumerated() {
        rest -= probability
        if rest < 0 { return place }
      }
      return width - 1
    }
    return (PredictionTable(width: width, values: own.values.map { $0 * factor }), classes)
  }

  @Test(arguments: [0.5, 1, 3] as [Float]) func theTemperatureIsFoundThatClassesWereDrawnWith(
    _ factor: Float
  ) {
    let (logits, classes) = samples(20_000, width: 5, told: factor, seed: 3)
    let temperature = Temperature.fitted(classes: logits, actual: classes)
    #expect(abs(temperature / Double(factor) - 1) < 0.05, "\(temperature)")
    let raw = ReliabilityCurve(logits.probabilities(), actual: classes)
    let scaled = ReliabilityCurve(
      logits.probabilities(temperature: temperature), actual: classes)
    #expect(scaled.expectedCalibrationError < 0.015)
    if factor != 1 { #expect(raw.expectedCalibrationError > 0.05) }
  }

  /// Even if all answers are right, confidence is not increased without bound.
  @Test func aFewRightAnswersMoveTheTemperatureLittle() {
    let sure = PredictionTable(width: 2, values: [3, 0, 0, 3, 3, 0])
    let few = Temperature.fitted(classes: sure, actual: [0, 1, 0])
    #expect(0.4 < few && few < 1, "\(few)")
    #expect(
      abs(Temperature.fitted(labels: sure, isTrue: [true, false, false, true, true, false]) - few)
        < 0.5)
  }

  @Test func logitsAreThoseOfTheProbabilities() {
    var random = SplitMix64(seed: 8)
    let logits = PredictionTable(
      width: 3, values: (0..<60).map { _ in Float.random(in: -6...6, using: &random) })
    let classes = logits.probabilities()
    let again = classes.classLogits.probabilities()
    #expect(zip(classes.values, again.values).allSatisfy { abs($0 - $1) < 1e-5 })
    let labels = logits.labelProbabilities(temperatures: [0.5, 1, 2])
    for (place, probability) in labels.values.enumerated() {
      let expected = 1 / (1 + exp(-Double(logits.values[place]) / [0.5, 1, 2][place % 3]))
      #expect(abs(Double(probability) - expected) < 1e-6)
    }
    let back = logits.labelProbabilities().labelLogits
    #expect(zip(back.values, logits.values).allSatisfy { abs($0 - $1) < 1e-3 })
    #expect(
      PredictionTable(width: 1, values: [0, 1]).labelLogits.values.allSatisfy { abs($0) < 17 })
    #expect(logits.column(1).values == (0..<20).map { logits.values[$0 * 3 + 1] })
  }

  @Test func theTemperatureOfLabelsIsFoundToo() {
    var random = SplitMix64(seed: 4)
    let own = (0..<40_000).map { _ in Float.random(in: -3...3, using: &random) }
    let isTrue = own.map { Float.random(in: 0..<1, using: &random) < 1 / (1 + exp(-$0)) }
    let told = PredictionTable(width: 4, values: own.map { 2 * $0 })
    let temperature = Temperature.fitted(labels: told, isTrue: isTrue)
    #expect(abs(temperature - 2) < 0.1, "\(temperature)")
  }

  @Test func whatIsAlwaysRightOrNotThereHasATemperatureAllTheSame() {
    let sure = PredictionTable(width: 2, values: [9, 0, 0, 9])
    #expect(Temperature.range.contains(Temperature.fitted(classes: sure, actual: [0, 1])))
    #expect(Temperature.range.contains(Temperature.fitted(classes: sure, actual: [1, 0])))
    let none = PredictionTable(width: 2, values: [])
    #expect(Temperature.fitted(classes: none, actual: []) == 1)
    #expect(
      Temperature.fitted(classes: PredictionTable(width: 2, values: [.nan, 1]), actual: [0]) == 1)
  }

  @Test func theCurveCountsWhatLiesInEachBin() {
    let curve = ReliabilityCurve(
      probabilities: [0.05, 0.07, 0.95, 1, 0.91, .nan],
      isTrue: [false, true, true, true, false, true])
    #expect(curve.bins.map(\.count) == [2, 3])
    #expect(abs(curve.bins[0].confidence - 0.06) < 1e-6 && curve.bins[0].accuracy == 0.5)
    #expect(abs(curve.bins[1].accuracy - 2.0 / 3) < 1e-12)
    let expected = (2 * (0.5 - 0.06) + 3 * (0.953_333_3 - 2.0 / 3)) / 5
    #expect(abs(curve.expectedCalibrationError - expected) < 1e-6)
  }

  @Test func theBestThresholdIsThatOfNaiveCounts() {
    var random = SplitMix64(seed: 5)
    let isTrue = (0..<900).map { _ in Int.random(in: 0..<4, using: &random) == 0 }
    let probabilities = PredictionTable(
      width: 3,
      values: isTrue.map {
        Float.random(in: 0...1, using: &random) * ($0 ? 1 : 0.7)
      })
    let sweep = ThresholdSweep(probabilities, isTrue: isTrue)
    #expect(sweep.points.count == 29)
    #expect(
      abs(sweep.points[0].threshold - 0.05) < 1e-6 && abs(sweep.points[28].threshold - 0.95) < 1e-6)
    func f1(_ label: Int, _ threshold: Float) -> Double {
      let own = (0..<300).map {
        (probabilities.values[$0 * 3 + label] > threshold, isTrue[$0 * 3 + label])
      }
      let right = Double(own.count { $0 && $1 })
      return 2 * right / (2 * right + Double(own.count { $0 != $1 }))
    }
    for point in sweep.points {
      let mean = (0..<3).reduce(0.0) { $0 + f1($1, point.threshold) } / 3
      #expect(abs(point.macroF1 - mean) < 1e-12)
      let right = zip(probabilities.values, isTrue).count { ($0 > point.threshold) == $1 }
      #expect(abs(point.accuracy - Double(right) / 900) < 1e-12)
    }
    let best = sweep.points.map(\.macroF1).max()
    #expect(sweep.points.first { $0.threshold == sweep.best }?.macroF1 == best)
    for label in 0..<3 {
      let most = ThresholdSweep.thresholds.map { f1(label, $0) }.max()
      #expect(f1(label, sweep.perLabel[label]) == most)
    }
    // Each label's support is at least 100 and less than 1000.
    #expect(sweep.thresholds(leastSupport: 5) == sweep.perLabel)
    #expect(sweep.thresholds(leastSupport: 1000) == [sweep.best, sweep.best, sweep.best])
    // Of equally good thresholds, the middle one is chosen.
    let clear = ThresholdSweep(
      PredictionTable(width: 1, values: [0.1, 0.2, 0.8, 0.9]), isTrue: [false, false, true, true])
    #expect(abs(clear.best - 0.5) < 0.04, "\(clear.best)")
  }
}
