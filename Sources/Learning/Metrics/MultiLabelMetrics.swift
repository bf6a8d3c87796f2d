import Errors
import Interpretation
package import TensorCore

/// Macro F1: the mean of each label's F1 score, 2 TP / (2 TP + FP + FN), or 0 if there are neither true nor predicted
/// positives. A label is predicted if its probability is above the threshold.
package struct MacroF1: ValidationMetric {
  package let name = "f1_macro"
  package let isError = false
  private let threshold: Double
  private var counts: [(truePositives: Int, wrong: Int)] = []

  package init(threshold: Double = 0.5) { self.threshold = threshold }

  package mutating func add(outputs: Tensor, targets: Tensor) throws(TensorError) {
    let (numbers, targets) = try Self.numbers(outputs, targets, of: name)
    let width = max(outputs.shape.rank > 0 ? outputs.shape[-1] : 1, 1)
    if counts.count != width { counts = Array(repeating: (0, 0), count: width) }
    for (position, (output, target)) in zip(numbers, targets).enumerated() {
      let (isGiven, isTrue) = (isPositive(output, over: threshold), target > 0.5)
      if isGiven && isTrue { counts[position % width].truePositives += 1 }
      if isGiven != isTrue { counts[position % width].wrong += 1 }
    }
  }

  /// The F1 score of each label.
  package var perLabel: [Double] {
    counts.map { count in
      let sum = 2 * count.truePositives + count.wrong
      return sum == 0 ? 0 : Double(2 * count.truePositives) / Double(sum)
    }
  }

  package var value: Double { perLabel.reduce(0, +) / Double(counts.count) }
}

/// The mean average precision over labels: the mean precision at each positive sample, with samples ranked by output
/// and ties ranked together (scikit-learn's `average_precision_score`). Labels without positive samples are ignored.
/// Keeps all outputs.
package struct MeanAveragePrecision: ValidationMetric {
  package let name = "average_precision"
  package let isError = false
  private var columns: [[(value: Float, isTrue: Bool)]] = []

  package init() {}

  package mutating func add(outputs: Tensor, targets: Tensor) throws(TensorError) {
    let (numbers, targets) = try Self.numbers(outputs, targets, of: name)
    let width = max(outputs.shape.rank > 0 ? outputs.shape[-1] : 1, 1)
    if columns.count != width { columns = Array(repeating: [], count: width) }
    for (position, (output, target)) in zip(numbers, targets).enumerated() {
      columns[position % width].append((output, target > 0.5))
    }
  }

  /// The average precision of each label; NaN for labels without positive samples.
  package var perLabel: [Double] { columns.map(AveragePrecision.of) }

  package var value: Double {
    let known = perLabel.filter { !$0.isNaN }
    return known.reduce(0, +) / Double(known.count)
  }
}
