/// A decoded image: `height` rows of `width` pixels of `channels` samples, interleaved, from the top left.
package struct Image: Equatable, Sendable {
  /// The samples, `height * width * channels` of them, the channel running fastest.
  package enum Samples: Equatable, Sendable {
    /// 0...255, as most files hold them.
    case uint8([UInt8])
    /// Of files with more than 8 bits a sample: integers divided by the largest that their depth can hold,
    /// floating-point numbers as they stand.
    case float32([Float])

    /// How many there are.
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

  /// Traps when there are not `width * height * channels` samples, or none.
  package init(width: Int, height: Int, channels: Int, samples: Samples) {
    precondition(width > 0 && height > 0 && channels > 0, "an image has pixels and channels")
    precondition(samples.count == width * height * channels, "samples do not fill the image")
    self.width = width
    self.height = height
    self.channels = channels
    self.samples = samples
  }
}
