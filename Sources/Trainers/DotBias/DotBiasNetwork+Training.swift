import Layers
import Learning
import Recommenders
import TensorCore

extension DotBiasNetwork {
  /// The exact way to train a `dot-bias` model: every row takes part in every step, as in fastai. It
  /// is validated on tables as ``DeferredDotBias`` validates, unknown users and items counting as zero.
  func training(
    on ratings: TrainingRatings, adamOptions: AdamW.Options, context: ComputeContext
  ) -> ModuleTraining {
    let outputRange = outputRange
    var options = ModuleTraining.Options()
    options.context = context
    options.lossBound = ratings.lossBound(outputRange)
    var snapshot: FactorRowsSnapshot?
    return ModuleTraining(
      self, optimizer: AdamW([ParameterGroup("tables", of: self)], options: adamOptions),
      loss: SquaredErrorLoss(), options: options, trainingCount: ratings.training.count,
      validationCount: ratings.heldOut?.count ?? 0,
      trainingBatch: { [self] samples, pass throws(TensorError) in
        let columns = ratings.training
        let predictions = try callAsFunction(
          users: samples.map { columns.users[Int($0)] },
          items: samples.map { columns.items[Int($0)] }, in: pass)
        return (predictions, Tensor([samples.count], samples.map { columns.values[Int($0)] }))
      },
      willValidate: { [self] in
        snapshot = FactorRowsSnapshot(
          FactorRows(tables()), after: 0, of: nil, outputRange: outputRange)
      },
      heldOutBatch: { samples, _ throws(TensorError) in
        guard let snapshot, let heldOut = ratings.heldOut else {
          preconditionFailure("held-out ratings without a validation")
        }
        let predictions = samples.map { snapshot.prediction($0, in: heldOut) }
        return (
          Variable(Tensor([samples.count], predictions)),
          Tensor([samples.count], Array(heldOut.values[samples]))
        )
      })
  }
}
