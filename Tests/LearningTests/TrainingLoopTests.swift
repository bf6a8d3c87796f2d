import Errors
import Foundation
import Learning
import ModelRegistry
import TensorCore
import TestEnvironment
import Testing

/// Tests that training without a learning rate has all the features of mini-batch training.
@Suite struct TrainingLoopTests {
  private func bits(_ solver: AlternatingSolver) -> [UInt32] {
    (solver.rows + solver.columns).map(\.bitPattern)
  }

  @Test func reportsProgressAndHistory() throws {
    /// Records its calls.
    final class Record: TrainingCallback {
      var plans: [TrainingPlan] = []
      var progress: [TrainingProgress] = []
      func trainingWillBegin(_ plan: TrainingPlan) { plans.append(plan) }
      func stepDidEnd(_ progress: TrainingProgress) { self.progress.append(progress) }
    }
    let record = Record()
    let history = try TrainingLoop(callbacks: [record]).run(AlternatingSolver(sweeps: 3))
    #expect(record.plans.map(\.epochName) == ["sweep"] && record.plans[0].rates == nil)
    #expect(record.progress.map(\.step) == [1, 2, 3, 4, 5, 6])
    #expect(record.progress.map(\.epoch) == [1, 1, 2, 2, 3, 3])
    #expect(record.progress.allSatisfy { $0.result.gradientStep == nil && $0.result.loss == nil })
    #expect(record.progress[5].remaining == .zero)
    let losses = history.epochs.compactMap(\.trainingLoss)
    #expect(losses.count == 3 && losses[2] < losses[0])
  }

  /// Stopped within a sweep and at the end of one, and resumed from a file.
  @Test(arguments: [1, 4, 7]) func resumesToTheSameBits(_ step: Int) throws {
    let folder = try TemporaryFolder()
    func callbacks(
      _ solver: AlternatingSolver, _ interruption: Int
    ) -> (StepRecorder, [any TrainingCallback]) {
      let recorder = StepRecorder()
      return (
        recorder,
        [BestWeights(of: solver), CSVLog(folder.path("log.csv")), recorder]
          + [Interruption(after: interruption)]
      )
    }
    func checkpoints() -> CheckpointFile {
      CheckpointFile(folder.path("checkpoint"), of: ["data": "abc"], resumes: true)
    }
    let whole = AlternatingSolver(sweeps: 5)
    let (wholeRecorder, wholeCallbacks) = callbacks(whole, -1)
    let expected = try TrainingLoop(callbacks: wholeCallbacks).run(whole)

    let stopped = AlternatingSolver(sweeps: 5)
    let error = #expect(throws: TrainingError.self) {
      try TrainingLoop(callbacks: callbacks(stopped, step).1, checkpoints: checkpoints())
        .run(stopped)
    }
    #expect(error?.code == .cancelled)
    let resumed = AlternatingSolver(sweeps: 5, start: 9)
    let (recorder, resumedCallbacks) = callbacks(resumed, -1)
    let history = try TrainingLoop(callbacks: resumedCallbacks, checkpoints: checkpoints())
      .run(resumed)
    #expect(history.losses == expected.losses)
    #expect(bits(resumed) == bits(whole))
    #expect(recorder.validationLosses == wholeRecorder.validationLosses)
    let lines = try String(contentsOfFile: folder.path("log.csv"), encoding: .utf8)
      .split(separator: "\n").map { $0.split(separator: ",").dropLast() }
    #expect(lines.count == 6 && lines[0] == ["epoch", "train_loss", "valid_loss", "rmse"])
    #expect(lines.dropFirst().map { $0[1] } == expected.epochs.map { "\($0.trainingLoss ?? 0)" })
  }

  @Test func anotherTrainingsCheckpointIsRefused() throws {
    let store = MemoryStore()
    _ = try TrainingLoop(checkpoints: store).run(AlternatingSolver(sweeps: 3))
    let error = #expect(throws: TrainingError.self) {
      try TrainingLoop(checkpoints: store).run(AlternatingSolver(sweeps: 4))
    }
    #expect(error?.code == .badState && error?.problem.contains("3 sweeps") == true)
  }

  @Test func isDrawnWithoutRates() throws {
    let recorder = StepRecorder()
    _ = try TrainingLoop(callbacks: [recorder]).run(AlternatingSolver(sweeps: 4))
    let plot = Plot.losses(recorder)
    #expect(plot.curves.map(\.name) == ["training", "validation"])
    // One loss per sweep, at its last step.
    #expect(plot.curves.map { $0.points.map(\.x) } == [[2, 4, 6, 8], [2, 4, 6, 8]])
    #expect(Plot.schedule(recorder).isEmpty)
  }

  @Test func stopsEarlyAndKeepsTheBest() throws {
    let solver = AlternatingSolver(sweeps: 50)
    let best = BestWeights(of: solver)
    let history = try TrainingLoop(
      callbacks: [best, EarlyStopping(patience: 2, minDelta: 1e-3)]
    ).run(solver)
    #expect(history.epochs.count < 50)
    let kept = try #require(best.epoch)
    let again = AlternatingSolver(sweeps: kept)
    _ = try TrainingLoop().run(again)
    #expect(bits(again) == bits(solver))
  }

  @Test func isCancelledByItsName() {
    let flag = CancellationFlag()
    flag.cancel()
    let error = #expect(throws: TrainingError.self) {
      try TrainingLoop(callbacks: [flag]).run(AlternatingSolver(sweeps: 4))
    }
    #expect(error?.place == "sweep 1, step 1 of 8")
  }

  @Test func hasNoRateToReduce() {
    let error = #expect(throws: TrainingError.self) {
      try TrainingLoop(callbacks: [ReduceLROnPlateau()]).run(AlternatingSolver(sweeps: 4))
    }
    #expect(error?.code == .badOption)
  }
}
