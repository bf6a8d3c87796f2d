import Errors

/// Limits on image files. Limits on pixels are checked against a file's header, before memory is allocated for them.
package struct ImageLimits: Equatable, Sendable {
  /// The maximum size of a file in bytes; 512 MiB by default.
  package var fileBytes = 512 << 20
  /// The maximum number of pixels of a file's image, width times height; 2^26 by default, some 67 million. A sample
  /// takes up to 4 bytes, temporarily three times that.
  package var pixels = 1 << 26
  /// The maximum number of pixels along one side, 2^20. Images far longer than that are mere lines, and every
  /// operation on a row takes memory for it.
  package var side = 1 << 20
  /// The maximum number of channels. Several of them reduce the pixels allowed: at most 4 times ``pixels`` samples.
  package var channels = 256
  /// The maximum number of scans over the largest image; smaller ones may have more. Encoders make some ten scans of
  /// a progressive JPEG, but with a few bytes each there could be hundreds.
  static let scans = 16
  /// The maximum number of bytes used to decode an image, besides its file; unlimited by default.
  package var memoryBytes = Int.max

  package init() {}

  /// Throws if an image of this size, in the file at `place`, is empty or exceeds the limits. Decoding it takes at
  /// most `pixelBytes` of memory per pixel plus `otherBytes`.
  package func admit(
    width: Int, height: Int, channels: Int, pixelBytes: Int = 0, otherBytes: Int = 0, place: String
  ) throws(ImageError) {
    guard width > 0, height > 0, channels > 0 else {
      throw ImageError(
        .broken, "its header specifies \(width) by \(height) pixels", place: place,
        remedy: EncodedImage.remedyOfBroken)
    }
    func refusal(_ problem: String, _ remedy: String) -> ImageError {
      ImageError(.tooManyPixels, problem, place: place, remedy: remedy)
    }
    guard channels <= self.channels else {
      throw refusal(
        "has \(channels) channels, and the limit is \(self.channels)",
        "Drop uninformative channels.")
    }
    let remedy = "Downscale it, split it into tiles, exclude it, or raise the limit."
    let (pixels, isHuge) = width.multipliedReportingOverflow(by: height)
    guard !isHuge, pixels <= self.pixels else {
      throw refusal(
        "has \(width) by \(height) pixels, and the limit is \(self.pixels) in all", remedy)
    }
    guard pixels <= 4 * self.pixels / channels else {
      throw refusal(
        "has \(width) by \(height) pixels of \(channels) channels, and the limit is "
          + "\(4 * self.pixels) samples in all", remedy)
    }
    guard max(width, height) <= side else {
      throw refusal(
        "has \(width) by \(height) pixels, and the limit is \(side) along a side",
        "Split it into tiles, or exclude it.")
    }
    let (imageBytes, isTooMuch) = pixels.multipliedReportingOverflow(by: pixelBytes)
    guard !isTooMuch, otherBytes <= memoryBytes, imageBytes <= memoryBytes - otherBytes else {
      throw refusal(
        "has \(width) by \(height) pixels, which may take \((imageBytes &+ otherBytes) >> 20) MiB to decode, and the limit "
          + "is \(memoryBytes >> 20) MiB", remedy)
    }
  }

  /// Throws if an image of this size, in the file at `place`, has more scans than the limits allow.
  func admit(scans: Int, width: Int, height: Int, place: String) throws(ImageError) {
    let most = Self.scans * pixels / (width * height)
    guard scans <= most else {
      throw ImageError(
        .tooManyPixels,
        "has \(scans) scans of \(width) by \(height) pixels, and the limit is \(most)",
        place: place,
        remedy: "Save it again from its original, downscale it, or exclude it.")
    }
  }
}
