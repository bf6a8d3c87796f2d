import Errors
import Learning
import TensorCore
import Testing

@Suite struct MetricTests {
  private let golden: LearningGolden.Metrics
  private let outputs = LearningGolden.uniform(4, 300).map { $0 * 8 }
  private let classes = (0..<50).map { Int32(LearningGolden.mixed(5 << 32 + $0) % 6) }
  private let labels = (0..<300).map {
    Float(LearningGolden.mixed(6 << 32 + $0) % 3 == 0 ? 1 : 0)
  }
  private let numbers = LearningGolden.uniform(7, 300).map { $0 * 8 }

  init() throws { golden = try LearningGolden().metrics }

  /// Returns the metric over the 50 samples in batches of the given size.
  private func figure(
    _ metric: some ValidationMetric, batches size: Int, targets: (Range<Int>) -> Tensor
  ) throws -> Double {
    var metric = metric
    for start in stride(from: 0, to: 50, by: size) {
      let rows = start..<min(start + size, 50)
      try metric.add(
        outputs: table(outputs)(rows), targets: targets(rows))
    }
    return metric.value
  }

  private func table(_ numbers: [Float]) -> (Range<Int>) -> Tensor {
    { rows in
      Tensor([rows.count, 6], Array(numbers[(rows.lowerBound * 6)..<(rows.upperBound * 6)]))
    }
  }

  @Test(arguments: [7, 50]) func agreeWithTheirReferences(_ size: Int) throws {
    let byClass: (Range<Int>) -> Tensor = { Tensor([$0.count], Array(classes[$0])) }
    #expect(
      abs(try figure(MeanMetric.accuracy, batches: size, targets: byClass) - golden.accuracy) < 1e-6
    )
    #expect(
      abs(try figure(MeanMetric.errorRate, batches: size, targets: byClass) - golden.errorRate)
        < 1e-6)
    #expect(
      abs(
        try figure(MeanMetric.topKAccuracy(k: 3), batches: size, targets: byClass)
          - golden.topThreeAccuracy)
        < 1e-6)
    let byLabel = table(labels)
    let accuracy = try figure(
      MeanMetric.multiLabelAccuracy(threshold: 0.4), batches: size, targets: byLabel)
    #expect(abs(accuracy - golden.multiLabelAccuracy) < 1e-6)
    let f1 = try figure(MacroF1(threshold: 0.4), batches: size, targets: byLabel)
    #expect(abs(f1 - golden.macroF1) < 1e-9)
    let precision = try figure(MeanAveragePrecision(), batches: size, targets: byLabel)
    #expect(abs(precision - golden.averagePrecision) < 1e-9)
    let byNumber = table(numbers)
    let rmse = try figure(MeanMetric.rmse, batches: size, targets: byNumber)
    #expect(abs(rmse - golden.rmse) < 1e-5)
    let mae = try figure(MeanMetric.mae, batches: size, targets: byNumber)
    #expect(abs(mae - golden.mae) < 1e-5)
    #expect(abs(try figure(R2Score(), batches: size, targets: byNumber) - golden.r2) < 1e-5)
  }

  @Test func saysForEachLabel() throws {
    var f1 = MacroF1(threshold: 0.4)
    try f1.add(outputs: Tensor([50, 6], outputs), targets: Tensor([50, 6], labels))
    #expect(zip(f1.perLabel, golden.f1).allSatisfy { abs($0 - $1) < 1e-9 })
  }

  /// fastai counts it as a label in some metrics and not in others.
  @Test func aProbabilityAtTheThresholdIsNoLabel() throws {
    let outputs = Tensor([1, 2], [0, 0] as [Float])
    var accuracy = MeanMetric.multiLabelAccuracy(threshold: 0.5)
    try accuracy.add(outputs: outputs, targets: .zeros([1, 2]))
    #expect(accuracy.value == 1)
    var f1 = MacroF1(threshold: 0.5)
    try f1.add(outputs: outputs, targets: Tensor([1, 2], repeating: Float(1)))
    #expect(f1.value == 0)
  }

  @Test func aLabelThatNothingHasDoesNotCount() throws {
    var precision = MeanAveragePrecision()
    try precision.add(
      outputs: Tensor([2, 2], [1, 5, 2, 6] as [Float]),
      targets: Tensor([2, 2], [1, 0, 0, 0] as [Float]))
    #expect(abs(precision.value - 0.5) < 1e-12)
  }

  @Test func ofEqualOutputsTheFirstCount() throws {
    let outputs = Tensor([1, 4], [1, 2, 2, 2] as [Float])
    for (target, k, expected) in [(1, 1, 1), (2, 1, 0), (2, 2, 1), (3, 2, 0), (3, 3, 1), (0, 3, 0)]
    {
      var accuracy = MeanMetric.topKAccuracy(k: k)
      try accuracy.add(outputs: outputs, targets: Tensor([1], [Int32(target)]))
      #expect(accuracy.value == Double(expected), "class \(target) among \(k)")
    }
  }

  /// The expected values are scikit-learn's.
  @Test func equalOutputsAreRankedTogether() throws {
    for (outputs, targets, expected) in [
      ([1, 1], [1, 0], 0.5), ([1, 1], [0, 1], 0.5), ([3, 2, 2, 1], [1, 0, 1, 0], 5.0 / 6),
      ([3, 3, 3, 1], [0, 1, 1, 1], 25.0 / 36),
    ] as [([Float], [Float], Double)] {
      var precision = MeanAveragePrecision()
      try precision.add(
        outputs: Tensor([outputs.count, 1], outputs), targets: Tensor([targets.count, 1], targets))
      #expect(abs(precision.value - expected) < 1e-12, "\(outputs), \(targets)")
    }
  }

  @Test func whatIsNoNumberIsNoHit() throws {
    var accuracy = MeanMetric.accuracy
    try accuracy.add(
      outputs: Tensor([2, 2], [Float.nan, .nan, 1, .nan]), targets: Tensor([2], [0, 0] as [Int32]))
    #expect(accuracy.value == 0.5)
  }

  @Test func shapesThatDoNotFitAreErrors() throws {
    var accuracy = MeanMetric.accuracy
    let outputs = Tensor([2, 3], repeating: Float(1))
    for targets in [
      Tensor([3], [0, 1, 2] as [Int32]), Tensor([2], [0, 3] as [Int32]),
      Tensor([2], [-1, 0] as [Int32]), Tensor([2], [0, 1] as [Float]),
    ] {
      let error = #expect(throws: TensorError.self) {
        try accuracy.add(outputs: outputs, targets: targets)
      }
      #expect(error?.place == "accuracy")
    }
    var rmse = MeanMetric.rmse
    #expect(throws: TensorError.self) { try rmse.add(outputs: outputs, targets: .zeros([2])) }
  }
}
