import Errors
package import TensorCore

extension Learner<ModuleTraining> {
  /// The predictions for all held-out samples in order, by the loss's own activation, a tensor for each
  /// batch: see ``ModuleTraining/predictions(batchSize:)``.
  package func predictions() throws(TrainingError) -> [Tensor] {
    try model.predictions(batchSize: batchSize)
  }
}
