package import Interactions
package import Learning
package import Recommenders

/// A trainer of factor tables in closed form: without passes to show, seed or threads.
package protocol ClosedFormTrainer: Trainer {
  /// Learns the tables. Throws ``TrainingError`` `badData` when the ratings lack something that it needs.
  func fit(_ training: InteractionTable) throws(TrainingError) -> FactorTables
}

extension ClosedFormTrainer {
  package func fit(
    _ data: TrainingData, in context: TrainingContext
  ) throws(TrainingError) -> FittedModel {
    try checkOptions()
    return FittedModel(try fit(data.training))
  }
}

/// For each row the sum of its values over its number of values plus `damping`; 0 for none.
func dampedMeans(
  rows: [UInt32], count: Int, damping: Double, _ value: (Int) -> Double
) -> [Double] {
  var sums = [Double](repeating: 0, count: count)
  var counts = [Double](repeating: 0, count: count)
  for (position, row) in rows.enumerated() {
    sums[Int(row)] += value(position)
    counts[Int(row)] += 1
  }
  return zip(sums, counts).map { sum, count in count == 0 ? 0 : sum / (count + damping) }
}
