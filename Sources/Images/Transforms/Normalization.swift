/// Per-channel normalisation: subtracts a mean from samples within 0 ... 1, then divides by a deviation, so that
/// channels have a common scale.
package struct Normalization: Hashable, Sendable, Codable {
  /// One per channel, as for ``deviation``.
  package let mean: [Float]
  package let deviation: [Float]

  /// Traps unless there are as many means as deviations, and all deviations are above 0.
  package init(mean: [Float], deviation: [Float]) {
    precondition(mean.count == deviation.count && deviation.allSatisfy { $0 > 0 })
    self.mean = mean
    self.deviation = deviation
  }

  /// The statistics of ImageNet's red, green and blue, as networks trained on it expect.
  package static let imageNet = Normalization(
    mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])
}
