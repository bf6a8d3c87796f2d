package import Images

/// A phase of a training, at one image size.
package struct TrainingPhase: Sendable, Equatable {
  /// The transform from image to network input.
  package let transform: ImageTransform
  /// The number of epochs that train the whole network.
  package let epochCount: Int
  /// The number of preceding epochs that train the head only; nil trains everything from the start.
  package let freezeEpochCount: Int?

  /// The number of all epochs.
  var totalEpochCount: Int { epochCount + (freezeEpochCount ?? 0) }
}
