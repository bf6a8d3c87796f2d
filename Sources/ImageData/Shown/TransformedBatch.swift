import Images
import TensorCore

/// The statistics of a batch's images after a transform, one image at a time, before normalisation.
struct TransformedBatch {
  /// The given transform.
  let transform: ImageTransform
  /// The statistics as outside training, and as in training.
  private(set) var framed: SampleStatistics
  private(set) var augmented: SampleStatistics
  /// The number of images.
  private(set) var count = 0
  private let plain: ImageTransform
  private let seed: UInt64
  private let workspace = TransformWorkspace()
  private var planes: [Float]

  init(_ transform: ImageTransform, seed: UInt64) {
    self.transform = transform
    self.seed = seed
    var plain = transform
    plain.normalization = nil
    self.plain = plain
    framed = SampleStatistics(channels: transform.channels)
    augmented = framed
    planes = [Float](repeating: 0, count: transform.outputCount)
  }

  /// Adds an item's image; its channels must fit.
  mutating func add(_ image: Image, of item: Int) {
    count += 1
    apply(plain.fixed(for: image.size), to: image)
    framed.add(planes)
    var random = RandomStream(seed: seed, epoch: 0, image: item)
    apply(plain.drawn(for: image.size, random: &random), to: image)
    augmented.add(planes)
  }

  private mutating func apply(_ drawn: DrawnTransform, to image: Image) {
    planes.withUnsafeMutableBufferPointer { [plain, workspace] in
      plain.apply(drawn, to: image, into: $0, workspace)
    }
  }
}
