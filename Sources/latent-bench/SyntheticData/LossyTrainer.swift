import Evaluation
import Interactions
import Learning
import ModelRegistry
import Ratings
import Recommenders
import TensorCore
import Trainers

/// A trainer whose models are deliberately worse: it withholds as many training ratings as it takes for a given loss of
/// a metric.
struct LossyTrainer<Base: Trainer>: Trainer {
  static var name: String { Base.name }
  static var summary: String { Base.summary }
  static var capabilities: TrainerCapabilities {
    Base.capabilities.subtracting([.resumes, .warmStarts, .coldItems])
  }
  static var hyperparameters: [Hyperparameter<Base.Options>] { Base.hyperparameters }

  var options: Base.Options
  private var loss = 0.0
  private var metric = Metric.rmse
  private var seed: UInt64 = 0
  private var reference: (any ScoredModel)?
  private let share = Share()

  /// The share of ratings withheld from the model that was evaluated. The final fit withholds the same share.
  private final class Share: @unchecked Sendable { var value = 0.0 }

  init(options: Base.Options) { self.options = options }

  /// Creates a trainer whose models lose `loss` of `metric`, as a fraction of the value that `reference` has on the
  /// same held-out ratings, or by default of the value without the loss.
  init(
    _ base: Base, losing loss: Double, of metric: Metric, seed: UInt64,
    against reference: (any ScoredModel)? = nil
  ) {
    self.init(options: base.options)
    self.loss = loss
    self.metric = metric
    self.seed = seed
    self.reference = reference
  }

  func fit(
    _ data: TrainingData, in context: TrainingContext
  ) throws(TrainingError) -> FittedModel {
    if loss > 0, let heldOut = data.heldOut { share.value = try findShare(data, heldOut, context) }
    return try fit(data, leavingOut: share.value, in: context)
  }

  /// Finds by bisection the share that costs the loss and at most a tenth more. Returns 0 if the model loses as much
  /// without it.
  private func findShare(
    _ data: TrainingData, _ heldOut: HeldOutRatings, _ context: TrainingContext
  ) throws(TrainingError) -> Double {
    let ratings = SplitRatings(training: data.training, heldOut: heldOut)
    func figure(of model: any ScoredModel) -> Double {
      ModelReport(
        name: Base.name, model: model, ratings: ratings, metrics: [metric],
        threadCount: context.compute.threadCount)[metric] ?? .nan
    }
    func figure(_ share: Double) throws(TrainingError) -> Double {
      let fitted = try fit(data, leavingOut: share, in: context)
      guard let model = try? fitted.opened(kind: Base.name, on: ratings) else {
        preconditionFailure("a model that was just learned can be opened")
      }
      return figure(of: model)
    }
    let sound = try figure(0)
    let whole = reference.map(figure(of:)) ?? sound
    func lost(_ figure: Double) -> Double {
      (metric.better == .lower ? figure - whole : whole - figure) / whole
    }
    if lost(sound) >= loss { return 0 }
    var (low, high) = (0.0, 0.95)
    for _ in 0..<12 {
      let share = (low + high) / 2
      let lost = lost(try figure(share))
      if (loss...loss * 1.1).contains(lost) { return share }
      if lost < loss { low = share } else { high = share }
    }
    return high
  }

  /// Trains without a share of the ratings, chosen by the seed; each user and item keeps at least one.
  private func fit(
    _ data: TrainingData, leavingOut share: Double, in context: TrainingContext
  ) throws(TrainingError) -> FittedModel {
    var trainer = Base(options: options)
    trainer.options = options
    guard share > 0 else { return try trainer.fit(data, in: context) }
    let table = data.training
    var isKnown = (
      users: [Bool](repeating: false, count: table.userCount),
      items: [Bool](repeating: false, count: table.itemCount)
    )
    var random = RandomStream(seed: seed, stream: 0)
    var batch = RatingBatch(
      userType: table.userIdentifiers.type, itemType: table.itemIdentifiers.type)
    for position in 0..<table.count {
      let (user, item) = (Int(table.users[position]), Int(table.items[position]))
      let isLeftOut = Double(random.nextWord()) < share * 0x1p32
      if isLeftOut, isKnown.users[user], isKnown.items[item] { continue }
      isKnown.users[user] = true
      isKnown.items[item] = true
      batch.append(
        Rating(
          user: table.identifier(of: UserIndex(user)), item: table.identifier(of: ItemIndex(item)),
          value: table.values[position]))
    }
    var builder = InteractionTableBuilder()
    do { try builder.append(batch) } catch { preconditionFailure("\(error)") }
    return try trainer.fit(
      TrainingData(training: builder.finish(), heldOut: data.heldOut, summary: data.summary),
      in: context)
  }
}
