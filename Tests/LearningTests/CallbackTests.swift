import Errors
import Foundation
import Learning
import TestEnvironment
import Testing

@Suite struct CallbackTests {
  /// Trains with prescribed validation losses and two steps per epoch.
  private func fit(
    _ model: ScriptedModel, _ validationLosses: [Float], _ callbacks: [any TrainingCallback]
  ) throws -> TrainingHistory {
    model.validationLosses = validationLosses.reversed()
    return try Learner(model, batchSize: 2, order: .byNumber, callbacks: callbacks)
      .fit(epochCount: validationLosses.count, peakRates: [1], schedule: ConstantSchedule())
  }

  private func model() -> ScriptedModel { ScriptedModel([], trainingCount: 4, validationCount: 2) }

  @Test(arguments: [
    (1, [3, 2, 2, 1] as [Float], 3), (2, [3, 2, 2, 1, 1, 1, 0], 6), (1, [3, 2, 1], 3),
    (2, [.nan, .nan, 1], 2), (2, [.nan, 3, .nan, 2, 5, 5], 6),
  ])
  func stopsEarly(_ patience: Int, _ losses: [Float], _ expected: Int) throws {
    let history = try fit(model(), losses, [EarlyStopping(patience: patience)])
    #expect(history.epochs.count == expected)
  }

  /// State from the first training must not affect a second one of the same learner.
  @Test func everyTrainingIsJudgedAnew() throws {
    let model = model()
    let best = BestWeights(of: model)
    let learner = Learner(
      model, batchSize: 2, order: .byNumber,
      callbacks: [best, ReduceLROnPlateau(patience: 2), EarlyStopping(patience: 3)])
    func fit(_ losses: [Float]) throws -> Int {
      model.validationLosses = losses.reversed()
      return try learner.fit(
        epochCount: losses.count, peakRates: [1], schedule: ConstantSchedule()
      ).epochs.count
    }
    #expect(try fit([1, 2, 3, 4, 5]) == 4)
    #expect(best.epoch == 1 && model.weight == 2)
    let steps = model.rates.count
    #expect(try fit([8, 7, 9, 6, 9, 9, 9]) == 7)
    // The best of this training, though worse than the first one's: the fourth epoch of two steps each.
    #expect(best.epoch == 4 && model.weight == 2 + 8)
    let expected = [Double](repeating: 1, count: 12) + [0.1, 0.1]
    #expect(zip(model.rates[steps...], expected).allSatisfy { abs($0 / $1 - 1) < 1e-9 })
  }

  @Test func aGainMustBeGreatEnough() throws {
    let stopping = EarlyStopping(patience: 1, minDelta: 0.5)
    #expect(try fit(model(), [3, 2, 1.7, 1], [stopping]).epochs.count == 3)
  }

  @Test func putsTheBestWeightsBack() throws {
    let model = model()
    let best = BestWeights(of: model)
    _ = try fit(model, [3, 1, 2, 1, 5], [best])
    // Two steps per epoch; the weight counts steps.
    #expect(best.epoch == 2 && model.weight == 4)
    let never = self.model()
    _ = try fit(never, [.nan, .nan], [BestWeights(of: never)])
    #expect(never.weight == 4)
  }

  @Test func lowersRatesOnAPlateau() throws {
    let model = model()
    _ = try fit(model, [3, 3, 2, 2, 2, 1], [ReduceLROnPlateau(patience: 1, factor: 0.1)])
    let expected = [1, 1, 1, 1, 0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.001, 0.001]
    #expect(zip(model.rates, expected).allSatisfy { abs($0 / $1 - 1) < 1e-9 })
    #expect(model.rates.count == 12)
    // Called at each change, with the number of steps taken so far.
    #expect(model.preparations == [0, 4, 8, 10])
    // Each change resets the patience.
    let patient = self.model()
    _ = try fit(patient, [3, 3, 3, 3, 3, 3], [ReduceLROnPlateau(patience: 2)])
    #expect(patient.preparations == [0, 6, 10])
  }

  /// Lower is better for errors, higher for other metrics.
  @Test(arguments: [(true, 2), (false, 4)]) func goesByAMetric(_ isError: Bool, _ best: Int) throws
  {
    let model = model()
    model.metricsToCome = [3, 1, 2, 7, 5].reversed().map {
      [MetricValue(name: "rmse", value: $0, isError: isError)]
    }
    let kept = BestWeights(of: model, .metric("rmse"))
    _ = try fit(model, [1, 1, 1, 1, 1], [kept])
    #expect(kept.epoch == best)
    let error = #expect(throws: TrainingError.self) {
      try fit(model, [1], [EarlyStopping(.metric("mae"))])
    }
    #expect(error?.remedy.contains("rmse") == true)
  }

  @Test func needsSomethingToGoBy() throws {
    let model = ScriptedModel([], trainingCount: 4)
    let callbacks: [any TrainingCallback] = [
      EarlyStopping(), BestWeights(of: model), ReduceLROnPlateau(),
    ]
    for callback in callbacks {
      let error = #expect(throws: TrainingError.self) {
        try Learner(model, batchSize: 2, order: .byNumber, callbacks: [callback])
          .fit(epochCount: 1, peakRates: [0.1])
      }
      #expect(error?.code == .badOption)
    }
    let byTraining = BestWeights(of: model, .trainingLoss)
    _ = try Learner(model, batchSize: 2, order: .byNumber, callbacks: [byTraining])
      .fit(epochCount: 2, peakRates: [0.1])
    #expect(byTraining.epoch == 1)
  }

  @Test func logsAsCSV() throws {
    let folder = try TemporaryFolder()
    let model = model()
    model.metricValues = [MetricValue(name: "a,b", value: 0.25, isError: false)]
    let path = folder.path("log.csv")
    _ = try fit(model, [3, 0.5], [CSVLog(path)])
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[0] == "epoch,train_loss,valid_loss,\"a,b\",seconds")
    for (line, expected) in zip(lines[1...], [[1, 1, 3, 0.25], [2, 1, 0.5, 0.25]]) {
      let figures = line.split(separator: ",").compactMap { Double($0) }
      #expect(figures.count == 5 && zip(figures, expected).allSatisfy { abs($0 - $1) < 1e-9 })
    }
    let error = #expect(throws: TrainingError.self) {
      try fit(model, [1], [CSVLog(folder.path("no/such/folder.csv"))])
    }
    #expect(error?.code == .inputOutput)
    #expect(error?.problem == "the log can't be written: No such file or directory")
  }
}
