extension ImageTransform {
  /// The maximum number of pixels along a side, and of channels: far more than useful.
  package static let sideLimit = 8192
  package static let channelLimit = 256
  /// The maximum number of values in a model's input image and in the framed image, over all channels: 64 MiB. A
  /// network computes some ten times more from an image. So whoever specifies a transform, as a model file does,
  /// cannot exhaust memory.
  package static let numberLimit = 1 << 24

  /// Why the transform is invalid, in words; nil if images can be transformed by it.
  package var fault: String? {
    if !(1...Self.channelLimit).contains(channels) {
      return "\(channels) channels, not 1 to \(Self.channelLimit)"
    }
    for size in [size, presize] {
      guard (1...Self.sideLimit).contains(size.width), (1...Self.sideLimit).contains(size.height)
      else { return "images of \(size), with sides not from 1 to \(Self.sideLimit)" }
      guard size.width * size.height * channels <= Self.numberLimit else {
        return
          "images of \(size) and \(channels) channels, with more than \(Self.numberLimit) numbers"
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

  /// Returns the number of images, up to `wanted`, to hold as model input at a time: as many as have ``numberLimit``
  /// values, at least one.
  package func batchSize(atMost wanted: Int) -> Int {
    max(1, min(wanted, Self.numberLimit / outputCount))
  }
}
