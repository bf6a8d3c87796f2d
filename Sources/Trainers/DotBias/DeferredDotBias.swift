import Learning
import Recommenders

/// The fast way to train a `dot-bias` model: a step touches the rows of its batch and no others, and
/// makes up for the steps that they missed (``DeferredAdamW``).
///
/// A step, its inner loops in one pass each over rows that stay in the processor's nearest cache:
/// 1. find the batch's distinct rows; 2. bring each up to date; 3. score the ratings and
/// differentiate the loss; 4. sum each row's gradient over its ratings, in order, and move the row.
/// Steps 2 to 4 treat rows or ratings independently of one another, so that any number of threads
/// comes to the same bits.
final class DeferredDotBias: GradientTrainable {
  /// The smallest batch that is worked on by several threads: smaller ones are over sooner on one.
  static let threadedBatchSize = 4096

  let ratings: TrainingRatings
  let rows: FactorRows
  let outputRange: OutputRange?
  let lossBound: Double?
  let adamOptions: AdamW.Options
  let threadCount: Int
  private(set) var adam: DeferredAdamW?
  private var batch: DotBiasBatch?
  /// The last step taken.
  var stepsTaken = 0
  /// The rows as they were last looked at; nil when they have changed since.
  var snapshot: FactorRowsSnapshot?

  init(
    _ ratings: TrainingRatings, start: FactorTables, adamOptions: AdamW.Options, threadCount: Int
  ) {
    self.ratings = ratings
    rows = FactorRows(start)
    outputRange = start.outputRange
    lossBound = ratings.lossBound(start.outputRange)
    self.adamOptions = adamOptions
    self.threadCount = threadCount
  }

  var trainingCount: Int { ratings.training.count }
  var validationCount: Int { ratings.heldOut?.count ?? 0 }
  var rateLimit: Double { adamOptions.rateLimit }

  /// Traps unless it stands where the plan is to go on: it is for one training.
  func prepare(for plan: RatePlan, stepsTaken: Int) {
    precondition(stepsTaken == self.stepsTaken, "step \(stepsTaken) after \(self.stepsTaken)")
    adam = DeferredAdamW(plan: plan, options: adamOptions)
    batch = nil
    snapshot = nil
  }

  func train(on samples: ArraySlice<UInt32>, _ step: GradientStep) -> Float {
    guard let adam else { preconditionFailure("a step before its plan") }
    let batch = batch(of: samples.count)
    stepsTaken = step.number
    snapshot = nil
    let threads = samples.count >= Self.threadedBatchSize ? threadCount : 1
    batch.fetch(samples, ratings.training, userCount: rows.userCount)
    batch.place(rows, step: step.number)
    batch.computeFactors(adam, step: step.number)
    forEachPart(of: batch.placeCount, threads) { [rows] in batch.catchUp($0, rows) }
    forEachPart(of: samples.count, threads) { batch.score($0) }
    let loss = batch.differentiate(outputRange)
    forEachPart(of: batch.placeCount, threads) { [rows] in
      batch.move($0, rows, adam, step: step.number)
    }
    return loss
  }

  private func batch(of size: Int) -> DotBiasBatch {
    if let batch, batch.size == size { return batch }
    let made = DotBiasBatch(size: size, rows)
    batch = made
    return made
  }

  func prepareForValidation() { _ = currentSnapshot() }

  func validationLoss(of samples: Range<Int>) -> Float {
    guard let heldOut = ratings.heldOut else { return .nan }
    return currentSnapshot().meanSquaredError(of: samples, in: heldOut)
  }

  /// The tables after the last step.
  func tables() -> FactorTables { currentSnapshot().tables() }

  private func currentSnapshot() -> FactorRowsSnapshot {
    if let snapshot { return snapshot }
    let made = FactorRowsSnapshot(rows, after: stepsTaken, of: adam, outputRange: outputRange)
    snapshot = made
    return made
  }
}
