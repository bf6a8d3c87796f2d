package import Images

/// A part of a training, on images of one size.
package struct TrainingPhase: Sendable, Equatable {
  /// How images become the network's input.
  package let transform: ImageTransform
  /// The epochs of the whole network.
  package let epochCount: Int
  /// For how many epochs the head alone is trained before; nil trains everything from the start.
  package let freezeEpochCount: Int?

  /// All epochs.
  var totalEpochCount: Int { epochCount + (freezeEpochCount ?? 0) }
}
