import Interactions
import Learning
import Ratings
import Recommenders
import TensorCore
import Trainers

/// A trainer that is not in the registry: item means, approximated in sweeps without a learning rate.
struct ItemMeans: Trainer {
  struct Options: TrainerOptions {
    var sweeps = 4
    var stopping = StoppingOptions()
  }

  static let name = "item-means"
  static let summary = "test: the means of items"
  static let capabilities: TrainerCapabilities = [.iterates, .resumes, .warmStarts]
  static let hyperparameters: [Hyperparameter<Options>] =
    [
      .integer("sweeps", \.sweeps, in: 1...10, "how often each mean is approached")
    ] + StoppingOptions.hyperparameters.map { $0.within(\.stopping) }

  var options: Options

  func fit(
    _ data: TrainingData, in context: TrainingContext
  ) throws(TrainingError) -> FittedModel {
    let sweeps = Sweeps(data, count: options.sweeps)
    if let model = context.start { sweeps.start(from: model) }
    let course = try options.stopping.run(sweeps, in: context)
    return FittedModel(sweeps.tables(), course: course)
  }

  private final class Sweeps: IterativeTraining, Trainable {
    let plan: TrainingPlan
    private let training: InteractionTable
    private let heldOut: HeldOutRatings?
    private var means: [Float]

    init(_ data: TrainingData, count: Int) {
      training = data.training
      heldOut = data.heldOut
      plan = TrainingPlan(
        epochCount: count, stepsPerEpoch: 1, epochName: "sweep",
        validationCount: data.heldOut?.count ?? 0)
      means = Array(repeating: 0, count: training.itemCount)
    }

    func start(from model: any ScoredModel) {
      for item in means.indices {
        let known = model.items.index(of: training.identifier(of: ItemIndex(item)))
        means[item] = known.map { model.predict(for: model.user(at: nil), item: $0) } ?? 0
      }
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

    func evaluate(epoch: Int) -> EpochResult {
      guard let heldOut, heldOut.count > 0 else { return EpochResult() }
      let sum = zip(heldOut.items, heldOut.values).reduce(0.0) { sum, rating in
        let mean = rating.0 == HeldOutRatings.unknown ? 0 : means[Int(rating.0)]
        return sum + Double((mean - rating.1) * (mean - rating.1))
      }
      return EpochResult(validationLoss: sum / Double(heldOut.count))
    }

    func state() -> SavedState { weights() }

    func restore(_ state: SavedState) throws(TrainingError) { try restoreWeights(state) }

    func weights() -> SavedState {
      var state = SavedState()
      state.add("means", Tensor([means.count], means))
      return state
    }

    func restoreWeights(_ state: SavedState) throws(TrainingError) {
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
