import Layers
import Learning
import Recommenders
import TensorCore

extension NeuralNetwork {
  /// Training by squared error on `ratings`, whose rows come behind row 0, the unknown.
  func training(
    on ratings: TrainingRatings, adamOptions: AdamW.Options, context: ComputeContext
  ) -> ModuleTraining {
    var options = ModuleTraining.Options()
    options.context = context
    options.lossBound = lossBound(for: ratings)
    return ModuleTraining(
      self, optimizer: AdamW([ParameterGroup("network", of: self)], options: adamOptions),
      loss: SquaredErrorLoss(), options: options, trainingCount: ratings.training.count,
      validationCount: ratings.heldOut?.count ?? 0,
      trainingBatch: { [self] samples, pass throws(TensorError) in
        try batch(of: samples.map { Int($0) }, in: ratings.training, pass)
      },
      heldOutBatch: { [self] samples, pass throws(TensorError) in
        guard let heldOut = ratings.heldOut else {
          preconditionFailure("held-out ratings without a validation")
        }
        return try batch(of: Array(samples), in: heldOut, pass)
      })
  }

  /// What the mean loss stays below unless training diverges: more than tables that are zero, since a
  /// network that has learned nothing scatters its predictions.
  ///
  /// Batch norms make a variance of 1 of whatever comes in, of which weights that are uniform within
  /// 1/sqrt(n) make 1/3 on average, and a sigmoid is nowhere steeper than a quarter of its range. The
  /// bound is twice the error of both, or what a scatter of a quarter of the range comes to where all
  /// ratings lie in its middle.
  private func lossBound(for ratings: TrainingRatings) -> Double {
    let steepness = outputRange.map { Double($0.upper - $0.lower) / 4 } ?? 1
    return max(
      ratings.lossBound(outputRange) + 2 * steepness * steepness / 3, steepness * steepness)
  }

  private func batch(
    of samples: [Int], in columns: TrainingRatings.Columns, _ pass: ForwardPass
  ) throws(TensorError) -> ModuleTraining.Batch {
    func rows(_ column: [UInt32]) -> [UInt32] {
      samples.map { column[$0] == TrainingRatings.unknown ? 0 : column[$0] + 1 }
    }
    let predictions = try callAsFunction(
      users: rows(columns.users), items: rows(columns.items), in: pass)
    return (predictions, Tensor([samples.count], samples.map { columns.values[$0] }))
  }
}
