import Errors
import Learning
import TensorCore

/// A tiny alternating least-squares solver, as an example of training without a learning rate: one factor for each row
/// and column of a matrix. An epoch, called a sweep, has two steps: it solves the rows' factors, then the columns', by
/// regularised least squares.
final class AlternatingSolver: IterativeTraining, Trainable {
  /// Known cells, by row and column.
  private let cells: [(row: Int, column: Int, value: Float)]
  private let heldOut: [(row: Int, column: Int, value: Float)]
  private(set) var rows: [Float]
  private(set) var columns: [Float]
  let plan: TrainingPlan

  init(sweeps: Int, start: Float = 1) {
    var cells: [(row: Int, column: Int, value: Float)] = []
    for row in 0..<9 {
      for column in 0..<7 where (row * 7 + column) % 3 != 0 {
        cells.append((row, column, Float(row + 1) * Float(column - 3) + Float((row * column) % 5)))
      }
    }
    heldOut = Array(cells.suffix(8))
    self.cells = cells.dropLast(8)
    rows = Array(repeating: start, count: 9)
    columns = (0..<7).map { start + Float($0) }
    plan = TrainingPlan(
      epochCount: sweeps, stepsPerEpoch: 2, epochName: "sweep", validationCount: heldOut.count)
  }

  var summary: String { "\(plan.epochCount) sweeps" }

  func takeStep(_ number: Int) -> StepResult {
    if number % 2 == 1 {
      for row in rows.indices {
        rows[row] = solution(cells.filter { $0.row == row }.map { (columns[$0.column], $0.value) })
      }
    } else {
      for column in columns.indices {
        columns[column] = solution(
          cells.filter { $0.column == column }.map { (rows[$0.row], $0.value) })
      }
    }
    return StepResult()
  }

  func evaluate(epoch: Int) -> EpochResult {
    let (training, validation) = (error(cells), error(heldOut))
    return EpochResult(
      trainingLoss: training, validationLoss: validation,
      metrics: [MetricValue(name: "rmse", value: validation.squareRoot(), isError: true)])
  }

  func state() -> SavedState { weights() }

  func restore(_ state: SavedState) throws(TrainingError) { try restoreWeights(state) }

  func weights() -> SavedState {
    var weights = SavedState()
    weights.add("rows", Tensor([rows.count], rows))
    weights.add("columns", Tensor([columns.count], columns))
    return weights
  }

  func restoreWeights(_ weights: SavedState) throws(TrainingError) {
    rows = try weights.tensor("rows", [rows.count]).elements()
    columns = try weights.tensor("columns", [columns.count]).elements()
  }

  private func solution(_ pairs: [(factor: Float, value: Float)]) -> Float {
    var (above, below): (Float, Float) = (0, 0.1)
    for (factor, value) in pairs {
      above += factor * value
      below += factor * factor
    }
    return above / below
  }

  private func error(_ cells: [(row: Int, column: Int, value: Float)]) -> Double {
    cells.reduce(0) { sum, cell in
      let difference = Double(rows[cell.row] * columns[cell.column] - cell.value)
      return sum + difference * difference
    } / Double(cells.count)
  }
}
