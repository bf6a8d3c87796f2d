import Errors
import Interactions
import Learning
import Recommenders
import TensorCore

/// A training of `implicit-als`: the factors of both sides, and the sweeps that solve them.
///
/// A step solves a run of rows of one side independently, so that results are bit-identical for any number of threads.
/// Before the first step of half a sweep, the other side is rotated into the eigenbasis of its Gram matrix. The factors
/// and that basis are all the state needed to resume within a half.
final class ImplicitALS: IterativeTraining, Trainable {
  /// The users or the items.
  private struct Side {
    let lists: RatingLists
    let factors: FactorMatrix
  }

  private let options: ImplicitALSOptions
  private let weighting: ImplicitWeighting
  private let heldOut: HeldOutRatings?
  private let users: Side
  private let items: Side
  private let steps: SweepSteps
  private let context: ComputeContext
  let plan: TrainingPlan
  let summary: String
  /// The Gram matrix of the items, if computed since they last changed.
  private var itemGram: [Float]?
  /// The basis of the current half; nil before its first step.
  private var basis: SymmetricEigensystem?
  /// The contribution of the training ratings to a sweep's error, measured while items are solved.
  private var measured = ImplicitError()

  /// Initialises items from the seed and their ids, or from `start` if it knows them.
  init(
    _ data: TrainingData, _ options: ImplicitALSOptions, seed: UInt64, from start: WarmStart? = nil,
    in context: ComputeContext
  ) {
    let table = data.training
    self.options = options
    self.context = context
    weighting = ImplicitWeighting(options, table)
    heldOut = data.heldOut.flatMap { $0.count > 0 ? $0 : nil }
    func side(_ lists: RatingLists) -> Side {
      Side(
        lists: lists, factors: FactorMatrix(rows: lists.rowCount, factors: options.factorCount))
    }
    users = side(RatingLists(ofUsers: table))
    items = side(RatingLists(ofItems: table))
    steps = SweepSteps(users: users.lists.runsOfHalf(), items: items.lists.runsOfHalf())
    items.factors.fillStart(of: table.itemIdentifiers, seed: seed, in: context)
    start?.write(to: items.factors, of: table.itemIdentifiers, factorUnit: 1)
    plan = TrainingPlan(
      epochCount: options.sweepCount, stepsPerEpoch: steps.count,
      epochName: "sweep", validationCount: heldOut?.count ?? 0)
    summary =
      "implicit-als, \(options.sweepCount) sweeps, \(options.factorCount) factors, alpha "
      + "\(weighting.alpha), regularisation \(weighting.regularization), confidence "
      + "\(options.confidence.rawValue), seed \(seed)"
  }

  func takeStep(_ number: Int) throws(TrainingError) -> StepResult {
    let step = steps.step(number)
    if step.isFirst { basis = nil }
    if step.isFirst, step.isOfUsers { measured = ImplicitError() }
    let (own, other) = step.isOfUsers ? (users, items) : (items, users)
    let half = ImplicitHalf(
      other: other.factors, otherCount: other.factors.rowCount,
      basis: try currentBasis(ofItems: step.isOfUsers, sweep: step.sweep), weighting: weighting)
    guard
      let error = half.solve(
        step.run, of: own.lists, in: own.factors, measuring: !step.isOfUsers, context)
    else { throw diverged(step.sweep) }
    measured += error
    return StepResult()
  }

  /// Returns the basis of the current half. Before the half's first step, rotates the items or the users into it.
  private func currentBasis(
    ofItems: Bool, sweep: Int
  ) throws(TrainingError) -> SymmetricEigensystem {
    if let basis { return basis }
    let factors = ofItems ? items.factors : users.factors
    let gram = (ofItems ? itemGram : nil) ?? factors.gram(in: context)
    itemGram = nil
    guard
      let basis = SymmetricEigensystem(
        of: gram, order: options.factorCount, stride: factors.vectorCount * 16)
    else { throw diverged(sweep) }
    factors.changeBasis(basis, in: context)
    self.basis = basis
    return basis
  }

  /// Returns the weighted squared error of all pairs, per rating. For validation it is over all pairs that are not in
  /// the training part, per held-out rating.
  func evaluate(epoch: Int) throws(TrainingError) -> EpochResult {
    let gram = items.factors.gram(in: context)
    itemGram = gram
    // The users' Gram matrix is diagonal in the basis of the half that has ended.
    let width = items.factors.vectorCount * 16
    let sum = (basis?.values ?? []).enumerated().reduce(0.0) { sum, value in
      sum + Double(max(0, value.element)) * Double(gram[value.offset * (width + 1)])
    }
    return EpochResult(
      trainingLoss: (sum + measured.gain) / Double(users.lists.others.count),
      validationLoss: heldOut.map { heldOut in
        let others = sum - measured.squares
        return max(0, others + error(of: heldOut).gain) / Double(heldOut.count)
      })
  }

  /// Returns the contribution of held-out ratings to the error. Unknown users and items score 0.
  private func error(of heldOut: HeldOutRatings) -> ImplicitError {
    context.mapChunks(of: heldOut.count, size: 16_384) { [weighting, users, items] chunk in
      var error = ImplicitError()
      for position in chunk {
        let (user, item) = (heldOut.users[position], heldOut.items[position])
        let isKnown = user != HeldOutRatings.unknown && item != HeldOutRatings.unknown
        error.add(
          isKnown ? items.factors.product(Int(item), users.factors.row(Int(user))) : 0,
          weight: weighting.weight(of: heldOut.values[position]))
      }
      return error
    }.reduce(into: ImplicitError()) { $0 += $1 }
  }

  private func diverged(_ sweep: Int) -> TrainingError {
    TrainingError(
      .diverged, "a row's factors can't be solved for in single precision",
      place: "sweep \(sweep + 1) of \(plan.epochCount)",
      remedy:
        "Try ten times the regularization, \(Float(10 * weighting.regularization)), or a lower "
        + "alpha than \(Float(weighting.alpha)).")
  }

  /// Returns the learned tables. Throws `diverged` if a number is not finite.
  func tables() throws(TrainingError) -> FactorTables {
    guard users.factors.isFinite, items.factors.isFinite else {
      throw diverged(plan.epochCount - 1)
    }
    let factors = 0..<options.factorCount
    var tables = weighting.tables(factors: options.factorCount)
    tables.userFactors = users.factors.columns(factors)
    tables.itemFactors = items.factors.columns(factors)
    tables.userBiases = [Float](repeating: 0, count: users.factors.rowCount)
    tables.itemBiases = [Float](repeating: 0, count: items.factors.rowCount)
    return tables
  }

  func state() -> SavedState {
    var state = weights()
    state.texts["gain"] = "\(measured.gain.bitPattern)"
    state.texts["squares"] = "\(measured.squares.bitPattern)"
    if let basis {
      state.add("spectrum", Tensor([basis.order], basis.values))
      state.add("basis", Tensor([basis.order, basis.order], basis.vectors))
    }
    return state
  }

  func restore(_ state: SavedState) throws(TrainingError) {
    try restoreWeights(state)
    measured = ImplicitError(
      gain: Double(bitPattern: try state.value("gain")),
      squares: Double(bitPattern: try state.value("squares")))
    guard state.entries.contains(where: { $0.name == "spectrum" }) else { return }
    let order = options.factorCount
    basis = SymmetricEigensystem(
      values: try state.tensor("spectrum", [order]).elements(),
      vectors: try state.tensor("basis", [order, order]).elements())
  }

  func weights() -> SavedState {
    var weights = SavedState()
    users.factors.add(to: &weights, "users")
    items.factors.add(to: &weights, "items")
    return weights
  }

  func restoreWeights(_ weights: SavedState) throws(TrainingError) {
    try users.factors.restore(weights, "users")
    try items.factors.restore(weights, "items")
    (itemGram, basis) = (nil, nil)
  }
}
