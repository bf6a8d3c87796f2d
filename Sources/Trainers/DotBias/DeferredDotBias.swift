import Errors
import Learning
import Recommenders
import TensorCore

/// The fast training of a `dot-bias` model: a step touches only the rows of its batch, and first applies the updates
/// they missed (``DeferredAdamW``).
///
/// Each inner loop of a step is a single pass over rows that stay in the L1 cache:
///
/// 1. Find the distinct rows of the batch.
/// 2. Bring each up to date.
/// 3. Score the ratings and differentiate the loss.
/// 4. Sum each row's gradient over its ratings, in order, and update the row.
///
/// Steps 2 to 4 treat rows or ratings independently, so that results are bit-identical for any number of threads.
final class DeferredDotBias: GradientTrainable {
  /// The minimum batch size for several threads. Smaller batches are faster on one.
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
  /// The rows when last read; nil if they have changed since.
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

  /// Prepares for `plan`. Traps unless the model is at the step where the plan continues: it serves a single training.
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

  /// Returns the tables after the last step.
  func tables() -> FactorTables { currentSnapshot().tables() }

  private func currentSnapshot() -> FactorRowsSnapshot {
    if let snapshot { return snapshot }
    let made = FactorRowsSnapshot(rows, after: stepsTaken, of: adam, outputRange: outputRange)
    snapshot = made
    return made
  }
}

extension DeferredDotBias {
  /// The maximum number of bytes of rows per tensor of a saved state, since writing one takes a copy.
  private static let pieceByteCount = 64 << 20

  /// Returns the rows with their optimiser state in memory order, split into tensors, the last step of each row, and
  /// the number of steps. Missed updates are not applied: later steps will do so with bit-identical results.
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

  /// Restores what ``state()`` returned. Throws `badState` if it belongs to other tables.
  func restore(_ state: SavedState) throws(TrainingError) {
    let steps: Int = try state.value("steps")
    let lastSteps = try state.tensor("last steps", [rows.rowCount], .int32).elements(of: Int32.self)
    guard steps >= 0, lastSteps.allSatisfy({ (0...steps).contains(Int($0)) }) else {
      throw .badState("a row was updated in a step that was not taken")
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

  /// Returns the tables under the names of ``DotBiasNetwork``.
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

  /// Restores what ``weights()`` returned, and discards the optimiser state of the rows. Throws `badState` if it
  /// belongs to other tables.
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
  /// The number of elements of a row, including its optimiser state.
  var numbersPerRow: Int { 4 * width * Vector.scalarCount }

  /// Returns the elements of some rows in memory order.
  func numbers(of rows: Range<Int>) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(
      start: vectors.numbers + rows.lowerBound * numbersPerRow, count: rows.count * numbersPerRow)
  }
}
