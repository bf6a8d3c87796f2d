/// What is subtracted from each channel of an image, and what it is divided by then, so that channels are of one
/// scale. Samples are within 0 ... 1 before.
package struct Normalization: Hashable, Sendable, Codable {
  /// For each channel.
  package let mean: [Float]
  package let deviation: [Float]

  /// Traps unless there are as many means as deviations, and these are above 0.
  package init(mean: [Float], deviation: [Float]) {
    precondition(mean.count == deviation.count && deviation.allSatisfy { $0 > 0 })
    self.mean = mean
    self.deviation = deviation
  }

  /// Of the red, green and blue of ImageNet's images, as networks trained on these expect it.
  package static let imageNet = Normalization(
    mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])
}
