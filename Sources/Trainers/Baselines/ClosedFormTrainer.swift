package import Interactions
package import Learning
package import Recommenders

/// A trainer that computes factor tables in closed form, without epochs, seed or threads.
package protocol ClosedFormTrainer: Trainer {
  /// Computes the tables. Throws ``TrainingError`` `badData` if the ratings lack something that the trainer needs.
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

/// Returns for each row the sum of its values divided by their number plus `damping`; 0 for rows without values.
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
