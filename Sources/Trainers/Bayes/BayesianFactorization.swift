import Errors
import Interactions
import Learning
import Recommenders
import TensorCore

/// A training of `bayes`: a Gibbs sampler and the mean of its samples. A sweep draws every variable once, conditional
/// on the rest.
///
/// A sweep has two halves, one per side. Each draws the precisions of the side's rows, the level and the precision of
/// all ratings, the prior of the rows, and the rows themselves, one run per step. Rows are drawn independently. Sums
/// are over chunks of rows that depend only on the data.
final class BayesianFactorization: IterativeTraining, Trainable {
  /// The number of rows whose precisions a thread draws at a time.
  private static let chunkSize = 64

  /// The purpose of a random stream. Each purpose has one stream per step, and rows have one each within that.
  private enum Purpose: UInt64 {
    case common, precisions, rows, effects
  }

  private let options: BayesOptions
  private let scaling: RatingScaling
  private let heldOut: HeldOutRatings?
  private let seed: UInt64
  private let context: ComputeContext
  private let users: BayesSide
  private let items: BayesSide
  private let steps: SweepSteps
  private let mean: ProductMean
  private var noise = RatingNoise()
  /// The sum over samples of the inverse of the overall precision.
  private var noiseSum = 0.0
  /// The lowest and highest rating.
  private let bounds: ClosedRange<Float>
  /// The mean squared training error of the current sample, measured after its users were drawn.
  private var sampleError = 0.0
  /// The prior of the rows being drawn; nil before the first one.
  private var prior: FactorPrior?
  let plan: TrainingPlan
  let summary: String

  /// Initialises items from the seed and their ids.
  init(_ data: TrainingData, _ options: BayesOptions, seed: UInt64, in context: ComputeContext) {
    let table = data.training
    self.options = options
    self.seed = seed
    self.context = context
    scaling = RatingScaling(table)
    bounds = (table.values.min() ?? 0)...(table.values.max() ?? 0)
    heldOut = data.heldOut.flatMap { $0.count > 0 ? $0 : nil }
    let lists = (users: RatingLists(ofUsers: table), items: RatingLists(ofItems: table))
    let hasSets = options.features == .sets
    users = BayesSide(
      lists.users, owners: hasSets ? lists.items : nil, factors: options.factorCount,
      keepsMeans: false)
    items = BayesSide(
      lists.items, owners: hasSets ? lists.users : nil, factors: options.factorCount,
      keepsMeans: true)
    steps = SweepSteps(
      users: users.runs(factors: options.factorCount),
      items: items.runs(factors: options.factorCount))
    mean = ProductMean(
      users: table.userCount, items: table.itemCount, factorCount: options.factorCount)
    items.rows.fillNormal(
      seed: seed, streams: table.itemIdentifiers.hashes(seed: seed), deviation: 0.1, in: context)
    for row in 0..<table.itemCount { items.rows.numbers(of: row)[0] = 0 }
    plan = TrainingPlan(
      epochCount: options.sweepCount, stepsPerEpoch: steps.count,
      epochName: "sweep", warmUp: options.burnIn,
      validationCount: heldOut?.count ?? 0)
    summary =
      "bayes, \(options.sweepCount) sweeps, \(options.factorCount) factors, features "
      + "\(options.features.rawValue), seed \(seed)"
  }

  func takeStep(_ number: Int) throws(TrainingError) -> StepResult {
    let step = steps.step(number)
    let sweep = step.sweep
    let (own, other) = step.isOfUsers ? (users, items) : (items, users)
    let half = 2 * sweep + (step.isOfUsers ? 1 : 2)
    if step.isFirst, step.isOfUsers, sweep <= options.burnIn { forgetSamples() }
    if step.isFirst {
      own.spread.takeReferences(other.rows, of: own.lists, sweep: sweep)
      prior = try drawPrior(of: own, other, half)
    }
    guard let prior else { throw diverged(sweep) }
    let first = step.run.lowerBound
    let isDrawn = context.mapChunks(of: step.run.count, size: own.chunkSize) {
      [scaling, seed, noise] chunk in
      BayesRowSampler(own, other, scaling, seed: seed).drawRows(
        first + chunk.lowerBound..<first + chunk.upperBound, noise, prior,
        stream: Self.stream(half, .rows))
    }
    guard isDrawn.allSatisfy(\.self), noise.level.isFinite else { throw diverged(sweep) }
    if let means = items.means, step.isLast, !step.isOfUsers {
      noiseSum += 1 / noise.precision
      guard mean.add(users: users.rows, items: means, level: noise.level, in: context) else {
        throw diverged(sweep)
      }
    }
    return StepResult()
  }

  /// Discards all samples so far, which belong to the burn-in.
  private func forgetSamples() {
    mean.reset()
    noiseSum = 0
    for side in [users, items] { side.spread.reset() }
  }

  /// Draws everything that precedes the rows of a side: their precisions, the level and precision of all ratings, the
  /// prior of the rows, and the effects. Until both sides have been sampled, the prior is a fixed one that keeps rows
  /// near 0.
  private func drawPrior(
    of own: BayesSide, _ other: BayesSide, _ half: Int
  ) throws(TrainingError) -> FactorPrior {
    let sums = context.mapChunks(of: own.lists.rowCount, size: Self.chunkSize) {
      [scaling, seed, noise] chunk in
      BayesRowSampler(own, other, scaling, seed: seed)
        .drawPrecisions(chunk, noise, stream: Self.stream(half, .precisions))
    }.reduce(into: RatingNoise.Sums()) { $0 += $1 }
    if own === items { sampleError = sums.squares / Double(sums.count) }
    var random = RandomStream(seed: seed, stream: Self.stream(half, .common))
    noise.draw(sums, &random)
    guard half > 2 else { return FactorPrior(order: options.factorCount + 1, precision: 4) }
    guard let drawn = FactorPrior.draw(of: own, random: &random, in: context) else {
      throw diverged((half - 1) / 2)
    }
    own.effects?.draw(
      drawn.prior, activity: own.activity, root: drawn.root, stream: Self.stream(half, .effects),
      seed: seed, &random, in: context)
    return drawn.prior
  }

  /// Returns the first stream number of a step for a purpose. Rows use the 2³² numbers from there.
  private static func stream(_ step: Int, _ purpose: Purpose) -> UInt64 {
    (UInt64(step) << 2 | purpose.rawValue) << 32
  }

  /// Evaluates the training loss of the current sample, and the validation loss of the mean so far.
  func evaluate(epoch: Int) throws(TrainingError) -> EpochResult {
    let unit = scaling.deviation * scaling.deviation
    return EpochResult(
      trainingLoss: sampleError * unit,
      validationLoss: heldOut.map { error(of: $0) / Double($0.count) * unit })
  }

  /// Returns the sum of squared errors of the mean so far. Unknown users and items count as zero.
  private func error(of heldOut: HeldOutRatings) -> Double {
    func known(_ row: UInt32) -> Int? { row == HeldOutRatings.unknown ? nil : Int(row) }
    return (0..<heldOut.count).reduce(0.0) { sum, position in
      let score = mean.score(
        user: known(heldOut.users[position]), item: known(heldOut.items[position]))
      let error = Double(scaling.scaled(heldOut.values[position])) - score
      return sum + error * error
    }
  }

  private func diverged(_ sweep: Int) -> TrainingError {
    TrainingError(
      .diverged, "a row's factors can't be sampled in single precision",
      place: "sweep \(sweep + 1) of \(plan.epochCount)",
      remedy: "Look for outlier ratings, or try fewer factors.")
  }

  /// Returns the learned tables. Throws `badData` if the ratings are so large that a parameter is not finite.
  func tables() throws(TrainingError) -> FactorTables {
    let count = mean.count
    guard var tables = mean.tables(scaling, in: context) else {
      throw TrainingError(
        .badData, "ratings are too large for single precision", place: "ratings",
        remedy: "Rescale them and import them again.")
    }
    let unit = scaling.deviation * scaling.deviation
    let noiseUnit = noiseSum / Double(max(1, count))
    let spread = RatingSpread(
      users: users.spread.means(count: count, unit: unit, noiseUnit: noiseUnit * unit),
      items: items.spread.means(count: count, unit: unit, noiseUnit: 1), bounds: bounds)
    tables.foldIn = .population(noise: nil)
    // There are no intervals for ratings so large that their squares are not finite.
    if (spread.users + spread.items).allSatisfy(\.isFinite) { tables.spread = spread }
    return tables
  }

  func state() -> SavedState {
    var state = SavedState()
    state.add(weights(), under: "mean")
    for (name, side) in [("users", users), ("items", items)] {
      side.rows.add(to: &state, name)
      state.add(
        "\(name) precisions",
        Tensor([side.lists.rowCount], Array(side.precisions.elements.prefix(side.lists.rowCount))))
      if let effects = side.effects { state.add(effects.state(), under: "\(name) effects") }
    }
    state.texts["level"] = "\(noise.level.bitPattern)"
    state.texts["precision"] = "\(noise.precision.bitPattern)"
    state.texts["sample error"] = "\(sampleError.bitPattern)"
    if let prior {
      state.add("prior", Tensor([prior.precision.count], prior.precision))
      state.add("slope", Tensor([prior.slope.count], prior.slope))
    }
    return state
  }

  func restore(_ state: SavedState) throws(TrainingError) {
    try restoreWeights(state.part("mean"))
    for (name, side) in [("users", users), ("items", items)] {
      try side.rows.restore(state, name)
      let precisions: [Float] =
        try state.tensor("\(name) precisions", [side.lists.rowCount]).elements()
      _ = side.precisions.elements.update(from: precisions)
      try side.effects?.restore(state.part("\(name) effects"), in: context)
    }
    noise.level = Double(bitPattern: try state.value("level"))
    noise.precision = Double(bitPattern: try state.value("precision"))
    sampleError = Double(bitPattern: try state.value("sample error"))
    let width = FactorPrior.width(options.factorCount + 1)
    let count = FactorPrior.rowCount(options.factorCount + 1) * width
    prior = FactorPrior(
      precision: try state.tensor("prior", [count]).elements(),
      slope: try state.tensor("slope", [width]).elements())
  }

  /// Returns the mean so far, from which predictions are made, and its uncertainty.
  func weights() -> SavedState {
    var weights = mean.state()
    weights.texts["noise"] = "\(noiseSum.bitPattern)"
    for (name, side) in [("users", users), ("items", items)] {
      weights.add(side.spread.state(), under: "\(name) spread")
    }
    return weights
  }

  func restoreWeights(_ weights: SavedState) throws(TrainingError) {
    try mean.restore(weights)
    noiseSum = Double(bitPattern: try weights.value("noise"))
    for (name, side) in [("users", users), ("items", items)] {
      try side.spread.restore(weights.part("\(name) spread"))
    }
  }
}
