import Foundation

/// A classifier's outputs: one row per sample, one column per class or label.
///
/// Rows of logits can be turned into ``probabilities(temperature:)`` or, for labels that are not mutually exclusive,
/// ``labelProbabilities(temperature:)``.
package struct PredictionTable: Sendable, Equatable {
  /// The number of classes or labels.
  package let width: Int
  /// The values in row-major order.
  package private(set) var values: [Float]

  /// Creates a table. Traps unless there is at least one column and every row is complete.
  package init(width: Int, values: [Float]) {
    precondition(
      width > 0 && values.count % width == 0, "\(values.count) numbers in rows of \(width)")
    self.width = width
    self.values = values
  }

  /// The number of samples.
  package var count: Int { values.count / width }

  /// The values of a sample, by class.
  package subscript(sample: Int) -> ArraySlice<Float> {
    values[sample * width..<(sample + 1) * width]
  }

  /// Returns the class with the sample's greatest value, the first in case of a tie. NaN is never the greatest, except
  /// in a row of NaN only, for which the result is class 0.
  package func predictedClass(of sample: Int) -> Int {
    let row = self[sample]
    var best = row.startIndex
    for place in row.indices
    where row[place] > row[best] || (row[best].isNaN && !row[place].isNaN) { best = place }
    return best - row.startIndex
  }

  /// Returns the softmax of each row at a temperature: the probabilities of mutually exclusive classes.
  package func probabilities(temperature: Double = 1) -> PredictionTable {
    var table = self
    for sample in 0..<count {
      let row = self[sample]
      let greatest = Double(row.max() ?? 0)
      let powers = row.map { exp((Double($0) - greatest) / temperature) }
      let sum = powers.reduce(0, +)
      for (place, power) in zip(row.indices, powers) { table.values[place] = Float(power / sum) }
    }
    return table
  }

  /// Returns the sigmoid of each value at a temperature: the independent probability of each label.
  package func labelProbabilities(temperature: Double = 1) -> PredictionTable {
    labelProbabilities(temperatures: Array(repeating: temperature, count: width))
  }

  /// Returns the sigmoid of each value, with a temperature per label. Traps unless there is one for each.
  package func labelProbabilities(temperatures: [Double]) -> PredictionTable {
    precondition(temperatures.count == width, "a temperature a label")
    return PredictionTable(
      width: width,
      values: values.enumerated().map { place, logit in
        Float(1 / (1 + exp(-Double(logit) / temperatures[place % width])))
      })
  }

  /// The logits of rows of class probabilities, up to a constant per row. Probabilities below 1e-30 give -69.
  package var classLogits: PredictionTable {
    PredictionTable(width: width, values: values.map { Float(log(Double(max($0, 1e-30)))) })
  }

  /// The logits of label probabilities, clamped to within 16 of 0: single precision has no probabilities closer to 1.
  package var labelLogits: PredictionTable {
    PredictionTable(
      width: width,
      values: values.map {
        let probability = min(max(Double($0), 1.1e-7), 1 - 1.1e-7)
        return $0.isNaN ? $0 : Float(log(probability / (1 - probability)))
      })
  }

  /// Returns the column of one class or label.
  package func column(_ own: Int) -> PredictionTable {
    PredictionTable(width: 1, values: (0..<count).map { values[$0 * width + own] })
  }
}
