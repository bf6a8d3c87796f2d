import Errors
import Learning
import Recommenders
import TensorCore

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

  private let ratings: TrainingRatings
  private let rows: FactorRows
  private let outputRange: OutputRange?
  let lossBound: Double?
  private let adamOptions: AdamW.Options
  private let threadCount: Int
  private var adam: DeferredAdamW?
  private var batch: DotBiasBatch?
  /// The last step taken.
  private var stepsTaken = 0
  /// The rows as they were last looked at; nil when they have changed since.
  private var snapshot: FactorRowsSnapshot?

  init(
    _ ratings: TrainingRatings, start: FactorTables, hasBiases: Bool, adamOptions: AdamW.Options,
    threadCount: Int
  ) {
    self.ratings = ratings
    rows = FactorRows(start, hasBiases: hasBiases)
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
    let context = ComputeContext(
      threadCount: samples.count >= Self.threadedBatchSize ? threadCount : 1)
    batch.fetch(samples, ratings.training, userCount: rows.userCount)
    batch.place(rows, step: step.number)
    batch.computeFactors(adam, step: step.number)
    context.forEachPart(of: batch.placeCount) { [rows] in batch.catchUp($0, rows) }
    context.forEachPart(of: samples.count) { batch.score($0) }
    let loss = batch.differentiate(outputRange)
    context.forEachPart(of: batch.placeCount) { [rows] in
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

extension DeferredDotBias {
  /// The most bytes of rows that stand in one tensor of a saved state: writing one takes a copy.
  private static let pieceByteCount = 64 << 20

  /// The rows with their optimiser state as they lie in memory, some at a time, when each was last
  /// moved, and the steps taken. What rows have missed is not made up for: the steps to come will do
  /// that, to the same bits.
  func state() -> SavedState {
    var state = SavedState()
    state.texts["steps"] = "\(stepsTaken)"
    for (number, piece) in pieces.enumerated() {
      state.add(
        SavedState.Entry(
          name: Self.name(number), elementType: .float32, shape: shape(of: piece)
        ) { [rows] in
          Tensor([piece.count, rows.numbersPerRow]) { numbers in
            _ = numbers.initialize(from: rows.numbers(of: piece))
          }
        })
    }
    state.add(
      SavedState.Entry(name: "last steps", elementType: .int32, shape: [rows.rowCount]) {
        [rows] in
        Tensor([rows.rowCount], rows.states.elements.prefix(rows.rowCount).map(\.step))
      })
    return state
  }

  /// Goes on from what ``state()`` gave. Throws `badState` when it is of other tables.
  func restore(_ state: SavedState) throws(TrainingError) {
    let steps: Int = try state.value("steps")
    let lastSteps = try state.tensor("last steps", [rows.rowCount], .int32).elements(of: Int32.self)
    guard steps >= 0, lastSteps.allSatisfy({ (0...steps).contains(Int($0)) }) else {
      throw .badState("a row was moved in a step that was not taken")
    }
    for (number, piece) in pieces.enumerated() {
      let tensor = try state.tensor(Self.name(number), shape(of: piece))
      tensor.withElements { _ = rows.numbers(of: piece).update(fromContentsOf: $0) }
    }
    for (row, step) in lastSteps.enumerated() {
      rows.states.elements[row] = FactorRows.State(step: step)
    }
    stepsTaken = steps
    snapshot = nil
  }

  /// The tables under the names of ``DotBiasNetwork``.
  func weights() -> SavedState {
    let tables = tables()
    let (users, items) = (rows.userCount, rows.itemCount)
    var weights = SavedState()
    weights.add("u_weight", Tensor([users, rows.factorCount], tables.userFactors))
    weights.add("i_weight", Tensor([items, rows.factorCount], tables.itemFactors))
    weights.add("u_bias", Tensor([users], tables.userBiases))
    weights.add("i_bias", Tensor([items], tables.itemBiases))
    return weights
  }

  /// Takes up what ``weights()`` gave, and forgets what the optimiser kept of the rows. Throws
  /// `badState` when it is of other tables.
  func restoreWeights(_ weights: SavedState) throws(TrainingError) {
    let (users, items, factors) = (rows.userCount, rows.itemCount, rows.factorCount)
    let tables = FactorTables(
      factorCount: factors,
      userFactors: try weights.tensor("u_weight", [users, factors]).elements(),
      itemFactors: try weights.tensor("i_weight", [items, factors]).elements(),
      userBiases: try weights.tensor("u_bias", [users]).elements(),
      itemBiases: try weights.tensor("i_bias", [items]).elements(), globalMean: 0,
      outputRange: outputRange)
    rows.reset(tables, after: stepsTaken)
    snapshot = nil
  }

  private var pieces: [Range<Int>] {
    let length = max(1, Self.pieceByteCount / (rows.numbersPerRow * MemoryLayout<Float>.size))
    return stride(from: 0, to: rows.rowCount, by: length).map {
      $0..<min($0 + length, rows.rowCount)
    }
  }

  private func shape(of piece: Range<Int>) -> Shape { [piece.count, rows.numbersPerRow] }

  private static func name(_ piece: Int) -> String { "rows.\(piece)" }
}

extension FactorRows {
  /// The numbers of a row, its optimiser state included.
  var numbersPerRow: Int { 4 * width * Vector.scalarCount }

  /// The numbers of some rows as they lie in memory.
  func numbers(of rows: Range<Int>) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(
      start: vectors.numbers + rows.lowerBound * numbersPerRow, count: rows.count * numbersPerRow)
  }
}
