/// The losses of a model after one epoch of training.
package struct EpochLosses: Equatable, Sendable, Codable {
  /// The epoch, from 1.
  package let epoch: Int
  /// The loss on the training data; nil if it was not computed.
  package let training: Double?
  /// The mean loss on the held-out data; nil if none was held out.
  package let validation: Double?

  package init(epoch: Int, training: Double?, validation: Double?) {
    self.epoch = epoch
    self.training = training
    self.validation = validation
  }
}
