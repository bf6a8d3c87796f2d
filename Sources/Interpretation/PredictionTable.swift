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
    PredictionTable(
      width: width, values: values.map { Float(1 / (1 + exp(-Double($0) / temperature))) })
  }
}
