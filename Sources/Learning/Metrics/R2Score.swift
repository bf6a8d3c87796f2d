import Errors
package import TensorCore

/// The coefficient of determination: 1 - (squared errors) / (squared distances from the mean target). Multiple outputs
/// per sample are scored column by column, each with its own mean, and averaged (scikit-learn's `r2_score`).
package struct R2Score: ValidationMetric {
  package let name = "r2"
  package let isError = false
  /// For each output column: the running mean of the targets and their sum of squares around it (Welford's algorithm,
  /// which avoids cancellation), and the sum of squared errors.
  private var columns: [(mean: Double, squares: Double, errors: Double)] = []
  private var count = 0

  package init() {}

  package mutating func add(outputs: Tensor, targets: Tensor) throws(TensorError) {
    let (numbers, targets) = try Self.numbers(outputs, targets, of: name)
    let width = outputs.shape.rank > 1 ? outputs.shape[-1] : 1
    guard width > 0 else { return }
    if columns.count != width {
      columns = Array(repeating: (0, 0, 0), count: width)
      count = 0
    }
    for sample in 0..<numbers.count / width {
      count += 1
      for column in 0..<width {
        let target = Double(targets[sample * width + column])
        let error = Double(numbers[sample * width + column]) - target
        let distance = target - columns[column].mean
        columns[column].mean += distance / Double(count)
        columns[column].squares += distance * (target - columns[column].mean)
        columns[column].errors += error * error
      }
    }
  }

  /// The score; NaN for fewer than two samples. A column of constant targets scores 1 if predicted exactly, else 0.
  package var value: Double {
    guard count > 1 else { return .nan }
    let scores = columns.map { column in
      column.squares > 0 ? 1 - column.errors / column.squares : column.errors == 0 ? 1 : 0
    }
    return scores.reduce(0, +) / Double(scores.count)
  }
}
