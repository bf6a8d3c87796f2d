import Foundation

/// What a classifier says of samples: a row of numbers a sample, one for each class or label.
///
/// Rows that hold the logits have ``probabilities(temperature:)`` or, of labels that do not exclude each other,
/// ``labelProbabilities(temperature:)``.
package struct PredictionTable: Sendable, Equatable {
  /// The number of classes or labels.
  package let width: Int
  /// Row by row.
  package private(set) var values: [Float]

  /// Traps unless there is at least one column and rows are whole.
  package init(width: Int, values: [Float]) {
    precondition(
      width > 0 && values.count % width == 0, "\(values.count) numbers in rows of \(width)")
    self.width = width
    self.values = values
  }

  /// The number of samples.
  package var count: Int { values.count / width }

  /// What is said of a sample, by class.
  package subscript(sample: Int) -> ArraySlice<Float> {
    values[sample * width..<(sample + 1) * width]
  }

  /// The class of the greatest number of a sample, the first of equal ones; numbers that are not comparable are
  /// never the greatest, but for a row of them alone, of which it is class 0.
  package func predictedClass(of sample: Int) -> Int {
    let row = self[sample]
    var best = row.startIndex
    for place in row.indices
    where row[place] > row[best] || (row[best].isNaN && !row[place].isNaN) { best = place }
    return best - row.startIndex
  }

  /// Softmax of each row over a temperature: the probabilities of classes that exclude each other.
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

  /// The sigmoid of each number over a temperature: the probability of each label by itself.
  package func labelProbabilities(temperature: Double = 1) -> PredictionTable {
    labelProbabilities(temperatures: Array(repeating: temperature, count: width))
  }

  /// The same, each label over a temperature of its own. Traps unless there is one for each.
  package func labelProbabilities(temperatures: [Double]) -> PredictionTable {
    precondition(temperatures.count == width, "a temperature a label")
    return PredictionTable(
      width: width,
      values: values.enumerated().map { place, logit in
        Float(1 / (1 + exp(-Double(logit) / temperatures[place % width])))
      })
  }

  /// The logits of rows of probabilities of classes, but for a number that a row has in common; those of
  /// probabilities below 1e-30 are -69.
  package var classLogits: PredictionTable {
    PredictionTable(width: width, values: values.map { Float(log(Double(max($0, 1e-30)))) })
  }

  /// The logits of probabilities of labels, within 16 of 0, as single precision has no probabilities closer to 1.
  package var labelLogits: PredictionTable {
    PredictionTable(
      width: width,
      values: values.map {
        let probability = min(max(Double($0), 1.1e-7), 1 - 1.1e-7)
        return $0.isNaN ? $0 : Float(log(probability / (1 - probability)))
      })
  }

  /// What is said of one class or label.
  package func column(_ own: Int) -> PredictionTable {
    PredictionTable(width: 1, values: (0..<count).map { values[$0 * width + own] })
  }
}
