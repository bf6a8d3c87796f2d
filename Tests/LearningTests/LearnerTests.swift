import Errors
import Layers
import Learning
import TensorCore
import TestEnvironment
import Testing

@Suite struct LearnerTests {
  /// Records all calls.
  private final class Record: TrainingCallback {
    var calls: [String] = []
    var progress: [TrainingProgress] = []
    var stopsAfter: Int?

    func trainingWillBegin(_ plan: TrainingPlan) { calls.append("training") }
    func stepDidEnd(_ progress: TrainingProgress) {
      calls.append("step \(progress.step)")
      self.progress.append(progress)
    }
    func epochDidEnd(_ record: EpochRecord) -> Continuation {
      calls.append("end \(record.epoch)")
      return record.epoch == stopsAfter ? .stop : .proceed
    }
    func trainingDidEnd(_ history: TrainingHistory) { calls.append("finis") }
  }

  @Test func callsBackInOrder() throws {
    let record = Record()
    let script = ScriptedModel([3, 5], trainingCount: 7, validationCount: 7)
    let learner = Learner(script, batchSize: 3, order: .byNumber, callbacks: [record])
    let history = try learner.fit(epochCount: 2, peakRates: [0.1])
    #expect(
      record.calls == [
        "training", "step 1", "step 2", "end 1", "step 3", "step 4", "end 2", "finis",
      ])
    // The last, shorter batch is dropped in training. In validation it is kept and weighted by its size.
    #expect(script.seen == [[0, 1, 2], [3, 4, 5], [0, 1, 2], [3, 4, 5]])
    #expect(script.validated == [0..<3, 3..<6, 6..<7])
    #expect(abs((history.epochs[0].validationLoss ?? 0) - (9 + 9 + 1) / 7.0) < 1e-6)
    #expect(abs((history.epochs[0].trainingLoss ?? 0) - (0.98 * 3 + 5) / 1.98) < 1e-6)
    #expect(record.progress.map(\.plan.stepCount) == [4, 4, 4, 4])
    #expect(record.progress.map(\.epoch) == [1, 1, 2, 2])
    #expect(record.progress[3].remaining == .zero)
  }

  @Test func everyEpochOfEveryTrainingHasAnOrderOfItsOwn() throws {
    let model = ScriptedModel([], trainingCount: 40)
    let learner = Learner(model, batchSize: 40, order: .shuffled(seed: 1))
    for _ in 0..<2 {
      _ = try learner.fit(epochCount: 2, peakRates: [1], schedule: ConstantSchedule())
    }
    #expect(model.seen.count == 4 && Set(model.seen).count == 4)
    #expect(model.seen.allSatisfy { $0.sorted() == Array(0..<40) })
  }

  @Test func endsWhenACallbackSaysSo() throws {
    let record = Record()
    record.stopsAfter = 2
    let learner = Learner(
      ScriptedModel([], trainingCount: 4), batchSize: 2, order: .byNumber, callbacks: [record])
    let history = try learner.fit(
      epochCount: 5, peakRates: [0.1], schedule: ConstantSchedule())
    #expect(history.epochs.map(\.epoch) == [1, 2])
  }

  @Test(arguments: [Float.nan, .infinity]) func stopsOnANumberThatIsNone(_ loss: Float) throws {
    let record = Record()
    let learner = Learner(
      ScriptedModel([1, 1, loss], trainingCount: 4), batchSize: 2, order: .byNumber,
      callbacks: [record])
    let error = #expect(throws: TrainingError.self) {
      try learner.fit(epochCount: 3, peakRates: [0.5])
    }
    #expect(error?.code == .diverged)
    #expect(error?.place.hasPrefix("epoch 2 of 3, step 3, rate ") == true)
    #expect(error?.remedy.contains("0.05 instead of 0.5") == true)
    #expect(record.calls.last == "end 1")
  }

  @Test func stopsWhenAnEpochIsWorseThanItCanBe() throws {
    let script = ScriptedModel([1, 1, 9, 9], trainingCount: 4)
    script.lossBound = 4
    let error = #expect(throws: TrainingError.self) {
      try Learner(script, batchSize: 2, order: .byNumber)
        .fit(epochCount: 3, peakRates: [0.5])
    }
    #expect(error?.code == .diverged)
    #expect(error?.place.hasPrefix("epoch 2 of 3") == true)
  }

  @Test func refusesToTrainOnNothing() throws {
    let error = #expect(throws: TrainingError.self) {
      try Learner(ScriptedModel([], trainingCount: 0), batchSize: 2, order: .byNumber)
        .fit(epochCount: 1, peakRates: [0.1])
    }
    #expect(error?.code == .badData)
  }
}
