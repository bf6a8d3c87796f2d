/// A format of image files: how to recognise and decode it.
package struct ImageFormat: Sendable {
  /// The display name.
  package let name: String
  /// The extensions of its files, in lower case.
  package let extensions: [String]
  /// Returns whether a file with this beginning, of up to ``signatureByteCount`` bytes, has the format.
  let isFormat: @Sendable (ArraySlice<UInt8>) -> Bool
  /// Decodes a file of the format. The image is upright, opaque, within the limits, and finite.
  let decode: @Sendable (EncodedImage, DecodingOptions) throws(ImageError) -> DecodedImage

  /// The supported formats. To add one, add a file beside this one and its name here.
  package static let all: [ImageFormat] = [.jpeg, .png, .webp, .tiff, .npy]

  /// Returns the format of a file with this beginning; nil if it is none of ``all``.
  static func of(_ bytes: [UInt8]) -> ImageFormat? {
    let start = bytes.prefix(signatureByteCount)
    return all.first { $0.isFormat(start) }
  }

  /// Returns the format with the extension of `path`; nil if there is none.
  package static func named(_ path: String) -> ImageFormat? {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return nil }
    let ending = name[dot...].dropFirst().lowercased()
    return all.first { $0.extensions.contains(ending) }
  }

  /// The number of bytes that identify a format.
  static let signatureByteCount = 16
}

/// The options of a format's decoder.
struct DecodingOptions {
  var limits = ImageLimits()
  /// The minimum shorter side of an image that may be scaled down where that makes decoding cheaper; nil for full
  /// size.
  var minimumSide: Int?
}
