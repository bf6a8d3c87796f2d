/// How well a model fitted after a pass of its training.
package struct EpochLosses: Equatable, Sendable, Codable {
  /// The pass, from 1.
  package let epoch: Int
  /// The loss on what was learned from; nil where it was not computed.
  package let training: Double?
  /// The mean loss on what was held out; nil where nothing was.
  package let validation: Double?

  package init(epoch: Int, training: Double?, validation: Double?) {
    self.epoch = epoch
    self.training = training
    self.validation = validation
  }
}
