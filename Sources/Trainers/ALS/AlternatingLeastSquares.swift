import Errors
import Interactions
import Learning
import Recommenders
import TensorCore

/// A training of `als`: the rows of both sides, each a bias followed by factors, and the sweeps that solve them.
///
/// A step solves a run of rows of one side independently. Sums are over chunks of rows that depend only on the data.
/// Results are therefore bit-identical for any number of threads.
final class AlternatingLeastSquares: IterativeTraining, Trainable {
  private let options: ALSOptions
  private let scaling: RatingScaling
  private let heldOut: HeldOutRatings?
  private let users: ALSSide
  private let items: ALSSide
  private let steps: SweepSteps
  private let context: ComputeContext
  let plan: TrainingPlan
  let summary: String
  /// The running sum of squared training errors, measured while items are solved.
  private var squares = 0.0

  /// Initialises items from the seed and their ids, or from `start` if it knows them.
  init(
    _ data: TrainingData, _ options: ALSOptions, seed: UInt64, from start: WarmStart? = nil,
    in context: ComputeContext
  ) {
    let table = data.training
    self.options = options
    self.context = context
    scaling = RatingScaling(table)
    heldOut = data.heldOut.flatMap { $0.count > 0 ? $0 : nil }
    users = ALSSide(
      RatingLists(ofUsers: table), factors: options.factorCount, damping: options.userDamping)
    items = ALSSide(
      RatingLists(ofItems: table), factors: options.factorCount, damping: options.itemDamping)
    steps = SweepSteps(users: users.lists.runsOfHalf(), items: items.lists.runsOfHalf())
    items.rows.fillALSStart(of: table.itemIdentifiers, seed: seed, in: context)
    start?.write(
      to: items.rows, of: table.itemIdentifiers,
      factorUnit: Float(scaling.deviation.squareRoot()), biasUnit: Float(scaling.deviation))
    plan = TrainingPlan(
      epochCount: options.sweepCount, stepsPerEpoch: steps.count,
      epochName: "sweep", validationCount: heldOut?.count ?? 0)
    summary =
      "als, \(options.sweepCount) sweeps, \(options.factorCount) factors, regularisation "
      + "\(options.regularization), damping \(options.userDamping) and \(options.itemDamping), "
      + "seed \(seed)"
  }

  func takeStep(_ number: Int) throws(TrainingError) -> StepResult {
    let step = steps.step(number)
    let (own, other) = step.isOfUsers ? (users, items) : (items, users)
    if step.isFirst {
      own.solveSlope(in: context)
      if !step.isOfUsers { squares = 0 }
    }
    let half = ALSHalf(
      other: other.rows, scaling: scaling, regularization: options.regularization,
      prior: own.prior, slope: own.slope)
    guard
      let error = half.solve(
        step.run, of: own.lists, in: own.rows, measuring: !step.isOfUsers, context)
    else { throw diverged(step.sweep) }
    squares += error
    return StepResult()
  }

  func evaluate(epoch: Int) throws(TrainingError) -> EpochResult {
    let unit = scaling.deviation * scaling.deviation
    return EpochResult(
      trainingLoss: squares / Double(users.lists.others.count) * unit,
      validationLoss: heldOut.map { error(of: $0) / Double($0.count) * unit })
  }

  /// Returns the sum of squared errors of held-out ratings. Unknown users and items count as zero.
  private func error(of heldOut: HeldOutRatings) -> Double {
    context.mapChunks(of: heldOut.count, size: 16_384) { [scaling, users, items] chunk in
      chunk.reduce(0.0) { sum, position in
        let (user, item) = (heldOut.users[position], heldOut.items[position])
        let own = user == HeldOutRatings.unknown ? nil : users.rows.row(Int(user))
        let other = item == HeldOutRatings.unknown ? nil : items.rows.row(Int(item))
        let score =
          if let own, let other { users.rows.biasedProduct(own, other) } else {
            own.map { $0[0][0] } ?? other.map { $0[0][0] } ?? 0
          }
        let miss = Double(scaling.scaled(heldOut.values[position]) - score)
        return sum + miss * miss
      }
    }.reduce(0, +)
  }

  private func diverged(_ sweep: Int) -> TrainingError {
    TrainingError(
      .diverged, "a row's factors can't be solved for in single precision",
      place: "sweep \(sweep + 1) of \(plan.epochCount)",
      remedy:
        "Try ten times the regularization, \(Float(10 * options.regularization)), or look for "
        + "outlier ratings.")
  }

  /// Returns the learned tables. Throws `badData` if the ratings are so large that a parameter is not finite.
  func tables() throws(TrainingError) -> FactorTables {
    let numbers = ALSNumbers(scaling, options)
    let factors = 1..<options.factorCount + 1
    var tables = numbers.tables(slope: users.slope, root: users.prior.root)
    tables.userFactors = users.rows.columns(factors).map { $0 * numbers.factorUnit }
    tables.itemFactors = items.rows.columns(factors).map { $0 * numbers.factorUnit }
    tables.userBiases = users.rows.columns(0..<1).map { Float(Double($0) * numbers.biasUnit) }
    tables.itemBiases = items.rows.columns(0..<1).map { Float(Double($0) * numbers.biasUnit) }
    guard tables.isFinite, tables.globalMean.isFinite else { throw ALSNumbers.tooLarge }
    return tables
  }

  func state() -> SavedState {
    var state = weights()
    state.texts["squares"] = "\(squares.bitPattern)"
    for (name, side) in [("users", users), ("items", items)] {
      state.add("\(name) slope", Tensor([side.slope.count], side.slope))
    }
    return state
  }

  func restore(_ state: SavedState) throws(TrainingError) {
    try restoreWeights(state)
    squares = Double(bitPattern: try state.value("squares"))
    for (name, side) in [("users", users), ("items", items)] {
      side.slope = try state.tensor("\(name) slope", [side.slope.count]).elements()
    }
  }

  func weights() -> SavedState {
    var weights = SavedState()
    users.rows.add(to: &weights, "users")
    items.rows.add(to: &weights, "items")
    return weights
  }

  func restoreWeights(_ weights: SavedState) throws(TrainingError) {
    try users.rows.restore(weights, "users")
    try items.rows.restore(weights, "items")
  }
}
