extension ImageTransform {
  /// The most pixels along a side, and the most channels: far above what is of use.
  package static let sideLimit = 8192
  package static let channelLimit = 256
  /// The most numbers of an image, all channels together, that a model sees, and that it is framed to: 64 MiB. What a
  /// network computes of an image is some ten times more, so that whoever states a transform, as a model file does,
  /// can't ask for more memory than there is.
  package static let numberLimit = 1 << 24

  /// What is wrong with it, in words; nil when images can be transformed by it.
  package var fault: String? {
    if !(1...Self.channelLimit).contains(channels) {
      return "\(channels) channels: from 1 to \(Self.channelLimit)"
    }
    for size in [size, presize] {
      guard (1...Self.sideLimit).contains(size.width), (1...Self.sideLimit).contains(size.height)
      else { return "images of \(size): sides are from 1 to \(Self.sideLimit)" }
      guard size.width * size.height * channels <= Self.numberLimit else {
        return
          "images of \(size) and \(channels) channels: they have at most \(Self.numberLimit) numbers"
      }
    }
    if let normalization,
      normalization.mean.count != channels || normalization.deviation.count != channels
        || !normalization.mean.allSatisfy(\.isFinite)
        || !normalization.deviation.allSatisfy({ $0 > 0 && $0.isFinite })
    {
      return "a normalisation that does not fit \(channels) channels"
    }
    return framing.fault ?? augmentation.fault
  }

  /// How many images, of up to `wanted`, are held as the model sees them at the same time: as many as have
  /// ``numberLimit`` numbers, and one at least.
  package func batchSize(atMost wanted: Int) -> Int {
    max(1, min(wanted, Self.numberLimit / outputCount))
  }
}
