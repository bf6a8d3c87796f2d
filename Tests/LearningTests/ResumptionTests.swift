import Errors
import Foundation
import Layers
import Learning
import TensorCore
import TestEnvironment
import Testing

/// Tests trainings that are interrupted and resumed.
@Suite struct ResumptionTests {
  private let problem = ProductProblem()

  /// Returns a learner whose parts all have state: Adam, plateau detection, best weights and early stopping.
  private func learner(
    _ network: Perceptron, _ store: MemoryStore?, interruption: Int? = nil
  ) -> (Learner<ModuleTraining>, StepRecorder) {
    let training = problem.training(of: network)
    let recorder = StepRecorder()
    var callbacks: [any TrainingCallback] = [
      BestWeights(of: training), EarlyStopping(patience: 4), recorder,
      // The required gain is never reached, so rates are lowered after every epoch but the first.
      ReduceLROnPlateau(patience: 1, factor: 0.8, minDelta: 10),
    ]
    callbacks.append(Interruption(after: interruption ?? -1))
    return (
      Learner(
        training, batchSize: 32, order: .shuffled(seed: 6), callbacks: callbacks,
        checkpoints: store), recorder
    )
  }

  @Test(arguments: [1, 3, 6, 7, 35, 47]) func interruptedEndsWhereUninterruptedDoes(
    _ step: Int
  ) throws {
    let whole = Perceptron(seed: 5)
    let (wholeLearner, wholeRecorder) = learner(whole, nil)
    let expected = try wholeLearner.fit(epochCount: 8, peakRates: [0.03])

    let store = MemoryStore()
    let error = #expect(throws: TrainingError.self) {
      try learner(Perceptron(seed: 5), store, interruption: step).0
        .fit(epochCount: 8, peakRates: [0.03])
    }
    #expect(error?.code == .cancelled)
    #expect(error?.problem.hasSuffix("; a checkpoint was written") == true)
    // The resumed network has other initial weights: everything must come from the state.
    let resumed = Perceptron(seed: 99)
    let (again, recorder) = learner(resumed, store)
    let history = try again.fit(epochCount: 8, peakRates: [0.03])
    #expect(history.losses == expected.losses)
    #expect(resumed.bits == whole.bits)
    #expect(recorder.losses == wholeRecorder.losses && recorder.rates == wholeRecorder.rates)
    #expect(recorder.losses.count == 6 * expected.epochs.count)
    #expect(recorder.validationLosses == wholeRecorder.validationLosses)
    #expect(recorder.epochEnds == expected.epochs.map { 6 * Int64($0.epoch) })
  }

  /// Resumes from the checkpoint that version 0.1 wrote of the same training after step 27, including its callbacks.
  @Test func resumesFromACheckpointOfVersionOne() throws {
    let whole = Perceptron(seed: 5)
    let (wholeLearner, wholeRecorder) = learner(whole, nil)
    let expected = try wholeLearner.fit(epochCount: 8, peakRates: [0.03])
    let path = ProjectFolder.fixture("learning/checkpoint-0.1.safetensors")
    let file = CheckpointFile(
      path, of: ["data": "abc"], resumes: true, leastInterval: .seconds(1_000_000))
    let resumed = Perceptron(seed: 99)
    let training = problem.training(of: resumed)
    let recorder = StepRecorder()
    let steps = StepCount()
    let history = try Learner(
      training, batchSize: 32, order: .shuffled(seed: 6),
      callbacks: [
        BestWeights(of: training), EarlyStopping(patience: 4), recorder,
        ReduceLROnPlateau(patience: 1, factor: 0.8, minDelta: 10), steps,
      ], checkpoints: file
    ).fit(epochCount: 8, peakRates: [0.03])
    #expect(steps.count == 6 * expected.epochs.count - 27)
    #expect(history.losses == expected.losses)
    #expect(resumed.bits == whole.bits)
    #expect(recorder.losses == wholeRecorder.losses && recorder.rates == wholeRecorder.rates)
  }

  /// Counts the steps of this process.
  private final class StepCount: TrainingCallback {
    var count = 0
    func stepDidEnd(_ progress: TrainingProgress) { count += 1 }
  }

  @Test func aFinishedTrainingStaysSo() throws {
    let store = MemoryStore()
    let network = Perceptron(seed: 5)
    let history = try learner(network, store).0.fit(epochCount: 3, peakRates: [0.03])
    #expect(store.saveCount == 3)
    let again = Perceptron(seed: 7)
    let (second, recorder) = learner(again, store)
    #expect(try second.fit(epochCount: 3, peakRates: [0.03]).losses == history.losses)
    #expect(recorder.losses.count == 18 && store.saveCount == 3)
    #expect(again.bits == network.bits)
  }

  @Test func fineTuningGoesOnInEitherCycle() throws {
    let whole = Perceptron(seed: 5)
    _ = try Learner(problem.training(of: whole), batchSize: 32, order: .shuffled(seed: 6))
      .fineTune(epochCount: 2)
    // With six steps per epoch, the first cycle has 6 and the second 12.
    for fit in [0, 1] {
      let store = MemoryStore()
      let interruption = CountingInterruption(after: fit == 0 ? 4 : 6 + 5)
      let first = Learner(
        problem.training(of: Perceptron(seed: 5)), batchSize: 32, order: .shuffled(seed: 6),
        callbacks: [interruption], checkpoints: store)
      #expect(throws: TrainingError.self) { try first.fineTune(epochCount: 2) }
      let resumed = Perceptron(seed: 99)
      let second = Learner(
        problem.training(of: resumed), batchSize: 32, order: .shuffled(seed: 6),
        callbacks: [CountingInterruption(after: -1)], checkpoints: store)
      let histories = try second.fineTune(epochCount: 2)
      #expect(histories.frozen.epochs.count == 1 && histories.whole.epochs.count == 2)
      #expect(resumed.bits == whole.bits, "fit \(fit)")
    }
  }

  @Test func callbacksGoOnFromWhatTheyKept() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("log.csv")
    func fit(
      _ losses: [Float], _ interruption: Int, _ store: MemoryStore
    ) throws -> (ScriptedModel, BestWeights) {
      let model = ScriptedModel([], trainingCount: 4, validationCount: 2)
      model.validationLosses = losses.reversed()
      let best = BestWeights(of: model)
      _ = try Learner(
        model, batchSize: 2, order: .byNumber,
        callbacks: [best, CSVLog(path), Interruption(after: interruption)], checkpoints: store
      ).fit(epochCount: 4, peakRates: [1], schedule: ConstantSchedule())
      return (model, best)
    }
    let store = MemoryStore()
    #expect(throws: TrainingError.self) { try fit([3, 1, 2], 5, store) }
    let (model, best) = try fit([2, 2], -1, store)
    // The best epoch was before the interruption. The weight counts steps.
    #expect(best.epoch == 2 && model.weight == 4)
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    let losses = lines.map { $0.split(separator: ",")[2] }
    #expect(losses == ["valid_loss", "3.0", "1.0", "2.0", "2.0"])
  }

  /// Callbacks that only observe may be added, removed and reordered.
  @Test func otherCallbacksBeginWhereATrainingGoesOn() throws {
    let folder = try TemporaryFolder()
    func learner(
      _ network: Perceptron, _ store: MemoryStore?,
      _ callbacks: (ModuleTraining) -> [any TrainingCallback]
    ) -> Learner<ModuleTraining> {
      let training = problem.training(of: network)
      return Learner(
        training, batchSize: 32, order: .shuffled(seed: 6), callbacks: callbacks(training),
        checkpoints: store)
    }
    let whole = Perceptron(seed: 5)
    let wholeRecorder = StepRecorder()
    _ = try learner(whole, nil) { _ in [wholeRecorder] }.fit(
      epochCount: 4, peakRates: [0.03])
    let store = MemoryStore()
    let early = StepRecorder()
    #expect(throws: TrainingError.self) {
      try learner(Perceptron(seed: 5), store) {
        [BestWeights(of: $0), early, Interruption(after: 14)]
      }
      .fit(epochCount: 4, peakRates: [0.03])
    }
    let resumed = Perceptron(seed: 99)
    let (log, late) = (folder.path("log.csv"), StepRecorder())
    _ = try learner(resumed, store) { _ in [CSVLog(log), EarlyStopping(patience: 9), late] }
      .fit(epochCount: 4, peakRates: [0.03])
    #expect(resumed.bits == whole.bits)
    #expect(late.losses == wholeRecorder.losses)
    let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
    #expect(lines.map { $0.prefix(2) } == ["ep", "3,", "4,"])
  }

  /// Cancels after a number of steps, counted over all fits.
  private final class CountingInterruption: TrainingCallback {
    var left: Int
    init(after steps: Int) { left = steps }
    func stepDidEnd(_ progress: TrainingProgress) throws(TrainingError) {
      left -= 1
      guard left == 0 else { return }
      throw TrainingError(.cancelled, "stopped", place: "here", remedy: "None.")
    }
  }

  @Test func anotherOrderOfSamplesIsRefused() throws {
    let store = MemoryStore()
    for order in [SampleOrder.shuffled(seed: 6), .shuffled(seed: 7), .byNumber] {
      let training = problem.training(of: Perceptron(seed: 5))
      let learner = Learner(training, batchSize: 32, order: order, checkpoints: store)
      let fit = { _ = try learner.fit(epochCount: 2, peakRates: [0.03]) }
      guard store.saveCount > 0 else {
        try fit()
        continue
      }
      let error = #expect(throws: TrainingError.self) { try fit() }
      #expect(error?.problem.contains("\(order)") == true)
    }
  }

  @Test func otherPlansAreRefused() throws {
    let store = MemoryStore()
    _ = try learner(Perceptron(seed: 5), store).0.fit(epochCount: 3, peakRates: [0.03])
    let changes: [(String, (Learner<ModuleTraining>) throws -> Void)] = [
      ("4 epochs", { _ = try $0.fit(epochCount: 4, peakRates: [0.03]) }),
      ("0.02", { _ = try $0.fit(epochCount: 3, peakRates: [0.02]) }),
      (
        "ConstantSchedule",
        { _ = try $0.fit(epochCount: 3, peakRates: [0.03], schedule: ConstantSchedule()) }
      ),
    ]
    for (difference, fit) in changes {
      let error = #expect(throws: TrainingError.self) {
        try fit(learner(Perceptron(seed: 5), store).0)
      }
      #expect(error?.code == .badState)
      #expect(error?.problem.contains(difference) == true, "\(error?.problem ?? "")")
    }
  }
}
