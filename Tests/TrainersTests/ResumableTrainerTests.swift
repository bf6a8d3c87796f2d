import Errors
import Interactions
import Learning
import ModelRegistry
import Ratings
import Recommenders
import Testing
import Trainers

/// Tests what depends on a training's state for every resumable trainer: interruption, the best epoch, early stopping
/// and foreign states.
@Suite struct ResumableTrainerTests {
  /// A trainer's name, with additional options.
  struct Kind: Sendable {
    let name: String
    var options: [String: String] = [:]

    /// Returns the same trainer with other options.
    func with(_ changes: [String: String]) -> Kind {
      Kind(name: name, options: options.merging(changes) { $1 })
    }
  }

  static let kinds =
    TrainerRegistry.all.filter { $0.capabilities.contains(.resumes) }.map { Kind(name: $0.name) }
    + [
      Kind(name: "dot-bias", options: ["exact": "true"]),
      Kind(name: "bayes", options: ["features": "sets"]),
    ]
  /// The trainers that overfit in a long training.
  static let overfitting = kinds.filter {
    TrainerRegistry.trainer(named: $0.name)?.capabilities.contains(.learningRate) == true
  }

  private let ratings: SplitRatings

  init() throws {
    ratings = try RatingProblem.planted(users: 60, items: 50, chance: 0.4, seed: 3).table()
      .split(by: .random(share: 0.2, seed: 1))
  }

  /// Returns a trainer with those options that apply to it.
  private func trainer(_ kind: Kind) throws -> any Trainer {
    let type = try #require(TrainerRegistry.trainer(named: kind.name))
    let usual = [
      "factors": "7", "layers": "12,6", "epochs": "6", "sweeps": "6", "batch": "32",
      "learning-rate": "0.03", "range": "0..5.5", "early-stop": "3", "keep-best": "true",
    ]
    let known = Set(type.optionDescriptions.map(\.name))
    return try type.init(
      reading: usual.merging(kind.options) { $1 }.filter { known.contains($0.key) })
  }

  private func fit(
    _ kind: Kind, _ callbacks: [any TrainingCallback] = [], _ store: MemoryStore? = nil
  ) throws -> FittedModel {
    try trainer(kind).fit(
      TrainingData(training: ratings.training, heldOut: ratings.heldOut),
      in: TrainingContext(callbacks: callbacks, checkpoints: store))
  }

  private func file(_ fitted: FittedModel) throws -> [UInt8] {
    try fitted.learned.contents(
      kind: "test", catalogue: ModelCatalogueContents(ratings: ratings) { _ in nil }
    ).encoded()
  }

  private final class StepCount: TrainingCallback {
    var steps = 0
    func stepDidEnd(_ progress: TrainingProgress) { steps = progress.step }
  }

  /// Interrupted after the first step, within an epoch, between two epochs, and before the last step.
  @Test(arguments: kinds) func interruptedEndsWhereUninterruptedDoes(_ kind: Kind) throws {
    let count = StepCount()
    let whole = try fit(kind, [count])
    let epochs = try #require(whole.course?.history.epochs)
    let perEpoch = count.steps / epochs.count
    for step in Set([1, perEpoch + perEpoch / 2, 2 * perEpoch, count.steps - 1]) where step > 0 {
      let store = MemoryStore()
      let error = #expect(throws: TrainingError.self) {
        try fit(kind, [Interruption(after: step)], store)
      }
      #expect(error?.code == .cancelled)
      let resumed = try fit(kind, [Interruption(after: -1)], store)
      #expect(try file(resumed) == file(whole), "\(kind) after step \(step)")
      #expect(resumed.course?.keptEpoch == whole.course?.keptEpoch)
      let losses = resumed.course?.history.epochs.map(\.trainingLoss)
      #expect(losses == epochs.map(\.trainingLoss))
    }
  }

  /// The kept model is that of the best epoch: it reproduces its loss.
  @Test(arguments: overfitting) func keepsTheBestEpochAndStopsEarly(_ kind: Kind) throws {
    let stopped = try fit(kind.with(["epochs": "60", "weight-decay": "0"]))
    let course = try #require(stopped.course)
    let losses = course.history.epochs.map { $0.validationLoss ?? .nan }
    #expect(losses.count == course.keptEpoch + 3 && course.bestEpoch == course.keptEpoch)
    let best = try #require(losses.min())
    #expect(course.keptEpoch < 57 && losses[course.keptEpoch - 1] == best)
    let model = try RecommenderForm.open(
      SafetensorsFile(MappedFile(copying: file(stopped), named: kind.name)))
    let heldOut = ratings.heldOut
    var sum = 0.0
    for (position, value) in heldOut.values.enumerated() {
      func known(_ row: UInt32) -> UInt32? { row == HeldOutRatings.unknown ? nil : row }
      let prediction = model.predict(
        for: model.user(at: known(heldOut.users[position]).map { UserIndex($0) }),
        item: known(heldOut.items[position]).map { ItemIndex($0) })
      sum += Double((prediction - value) * (prediction - value))
    }
    #expect(abs(sum / Double(heldOut.count) - best) < 1e-4)
  }

  @Test(arguments: kinds) func statesOfOtherShapesAreRefused(_ kind: Kind) throws {
    let store = MemoryStore()
    _ = try fit(kind.with(["factors": "17", "layers": "12,7"]), [], store)
    let error = #expect(throws: TrainingError.self) { try fit(kind, [], store) }
    #expect(error?.code == .badState)
  }

  @Test(arguments: overfitting) func searchesTheSameTwiceAndNeedsRatings(_ kind: Kind) throws {
    let trainer = try #require(try trainer(kind) as? any GradientTrainer)
    let curves = try (0..<2).map { _ in try trainer.findLearningRate(on: ratings.training) }
    #expect(curves[0] == curves[1])
    #expect(LRSuggestions(curves[0]).valley.map { (1e-5...1).contains($0) } == true)
    let error = #expect(throws: TrainingError.self) {
      try trainer.findLearningRate(on: RatingProblem().table())
    }
    #expect(error?.code == .badData)
  }
}
