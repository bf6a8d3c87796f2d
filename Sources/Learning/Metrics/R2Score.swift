import Errors
package import TensorCore

/// The share of the targets' variance that outputs explain: 1 - (squared errors) / (squared distances
/// from the mean target). Several outputs a sample are taken as so many samples' one by one, each
/// column with a mean of its own, and averaged (scikit-learn's `r2_score`).
package struct R2Score: ValidationMetric {
  package let name = "r2"
  package let isError = false
  /// For each column of outputs: the samples, and running mean and sum of squares of the targets
  /// around it (Welford), which do not cancel; and the squared errors.
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

  /// NaN for fewer than two samples. A column of equal targets counts 1 when it is met, else 0.
  package var value: Double {
    guard count > 1 else { return .nan }
    let scores = columns.map { column in
      column.squares > 0 ? 1 - column.errors / column.squares : column.errors == 0 ? 1 : 0
    }
    return scores.reduce(0, +) / Double(scores.count)
  }
}
