import Errors

/// What a file may ask for. Limits on pixels are held against a file's header, before memory is taken for them.
package struct ImageLimits: Equatable, Sendable {
  /// The most bytes of a file. 512 MiB unless given.
  package var fileBytes = 512 << 20
  /// The most pixels of an image, width times height, as the file has them: 2^26 unless given, some 67 million.
  /// A sample takes up to 4 bytes, three times that for a moment.
  package var pixels = 1 << 26
  /// The most pixels along one side, 2^20: images that are far longer than that are lines, and all that is done to
  /// a row takes memory for it.
  package var side = 1 << 20
  /// The most channels. Several of them take from the pixels: there may be 4 times ``pixels`` samples.
  package var channels = 256
  /// How often all pixels of the largest image may be gone over; those of a smaller one more often. Encoders make some ten
  /// scans of a progressive JPEG; a few bytes each would make hundreds.
  static let scans = 16
  /// The most bytes that an image takes while it is decoded, its file aside: any number unless given.
  package var memoryBytes = Int.max

  package init() {}

  /// Throws when an image of this size, in the file at `place`, is more than they allow, or none at all. Decoding it takes at
  /// most `pixelBytes` of memory for each pixel and `otherBytes` besides.
  package func admit(
    width: Int, height: Int, channels: Int, pixelBytes: Int = 0, otherBytes: Int = 0, place: String
  ) throws(ImageError) {
    guard width > 0, height > 0, channels > 0 else {
      throw ImageError(
        .broken, "it says that it has \(width) by \(height) pixels", place: place,
        remedy: EncodedImage.remedyOfBroken)
    }
    func refusal(_ problem: String, _ remedy: String) -> ImageError {
      ImageError(.tooManyPixels, problem, place: place, remedy: remedy)
    }
    guard channels <= self.channels else {
      throw refusal(
        "has \(channels) channels, and the limit is \(self.channels)",
        "Leave out those that say nothing.")
    }
    let remedy = "Shrink it, cut it in pieces, leave it out, or raise the limit."
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
        "Cut it in pieces, or leave it out.")
    }
    let (imageBytes, isTooMuch) = pixels.multipliedReportingOverflow(by: pixelBytes)
    guard !isTooMuch, otherBytes <= memoryBytes, imageBytes <= memoryBytes - otherBytes else {
      throw refusal(
        "has \(width) by \(height) pixels, which may take \((imageBytes &+ otherBytes) >> 20) MiB to decode, and the limit "
          + "is \(memoryBytes >> 20) MiB", remedy)
    }
  }

  /// Throws when going over an image of this size, in the file at `place`, so often takes longer than they allow.
  func admit(scans: Int, width: Int, height: Int, place: String) throws(ImageError) {
    let most = Self.scans * pixels / (width * height)
    guard scans <= most else {
      throw ImageError(
        .tooManyPixels,
        "has \(scans) scans of \(width) by \(height) pixels, and the limit is \(most) of such",
        place: place,
        remedy: "Save it anew from its original, shrink it, or leave it out.")
    }
  }
}
