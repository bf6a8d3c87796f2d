import Interactions
import Learning
import Ratings
import Recommenders
import TensorCore
import Trainers

/// A trainer that nothing else knows: the means of items, approached in sweeps without a learning rate.
struct ItemMeans: Trainer {
  struct Options: TrainerOptions {
    var sweeps = 4
  }

  static let name = "item-means"
  static let summary = "test: the means of items"
  static let capabilities: TrainerCapabilities = [.iterates, .resumes]
  static let hyperparameters: [Hyperparameter<Options>] = [
    .integer("sweeps", \.sweeps, in: 1...10, "how often each mean is approached")
  ]

  var options: Options

  func fit(
    _ data: TrainingData, in context: TrainingContext
  ) throws(TrainingError) -> FittedModel {
    let sweeps = Sweeps(data.training, count: options.sweeps)
    let history = try TrainingLoop(
      callbacks: context.callbacks, checkpoints: context.checkpoints
    ).run(sweeps)
    return FittedModel(sweeps.tables(), history: history, keptEpoch: history.epochs.count)
  }

  private final class Sweeps: IterativeTraining {
    let plan: TrainingPlan
    private let training: InteractionTable
    private var means: [Float]

    init(_ training: InteractionTable, count: Int) {
      self.training = training
      plan = TrainingPlan(epochCount: count, stepsPerEpoch: 1, epochName: "sweep")
      means = Array(repeating: 0, count: training.itemCount)
    }

    var summary: String { "\(plan.epochCount) sweeps" }

    func takeStep(_ number: Int) -> StepResult {
      var sums = means.map { _ in Float(0) }
      var counts = sums
      for (item, value) in zip(training.items, training.values) {
        sums[Int(item)] += value - means[Int(item)]
        counts[Int(item)] += 1
      }
      for item in means.indices { means[item] += sums[item] / counts[item] / 2 }
      return StepResult()
    }

    func evaluate(epoch: Int) -> EpochResult { EpochResult() }

    func state() -> SavedState {
      var state = SavedState()
      state.add("means", Tensor([means.count], means))
      return state
    }

    func restore(_ state: SavedState) throws(TrainingError) {
      means = try state.tensor("means", [means.count]).elements()
    }

    func tables() -> FactorTables {
      FactorTables(
        factorCount: 0, userFactors: [], itemFactors: [],
        userBiases: Array(repeating: 0, count: training.userCount), itemBiases: means,
        globalMean: 0)
    }
  }
}
