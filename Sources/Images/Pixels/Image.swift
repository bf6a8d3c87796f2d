/// A decoded image: `height` rows of `width` pixels of `channels` interleaved samples, from the top left.
package struct Image: Equatable, Sendable {
  /// The samples, `height * width * channels` of them, with the channel varying fastest.
  package enum Samples: Equatable, Sendable {
    /// 0...255, as in most files.
    case uint8([UInt8])
    /// For files with more than 8 bits per sample: integers divided by the maximum of their bit depth,
    /// floating-point numbers unchanged.
    case float32([Float])

    /// The number of samples.
    package var count: Int {
      switch self {
      case .uint8(let samples): samples.count
      case .float32(let samples): samples.count
      }
    }
  }

  package let width: Int
  package let height: Int
  /// 1 for grey, 3 for RGB; satellite images have more.
  package let channels: Int
  package let samples: Samples

  /// Traps unless there are exactly `width * height * channels` samples, and at least one.
  package init(width: Int, height: Int, channels: Int, samples: Samples) {
    precondition(width > 0 && height > 0 && channels > 0, "an image has pixels and channels")
    precondition(samples.count == width * height * channels, "samples do not fill the image")
    self.width = width
    self.height = height
    self.channels = channels
    self.samples = samples
  }
}
