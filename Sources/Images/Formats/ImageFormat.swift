/// A format of image files: how a file of it is recognised, and what decodes it.
package struct ImageFormat: Sendable {
  /// What people call it.
  package let name: String
  /// How the names of its files end, in small letters.
  package let extensions: [String]
  /// Whether a file with this beginning, of up to ``signatureByteCount`` bytes, is of the format.
  let isFormat: @Sendable (ArraySlice<UInt8>) -> Bool
  /// The image in a file of the format; it is upright, opaque, within the limits, and finite.
  let decode: @Sendable (EncodedImage, DecodingOptions) throws(ImageError) -> DecodedImage

  /// All that are read. One more is a file beside this one and its name here.
  package static let all: [ImageFormat] = [.jpeg, .png, .webp, .tiff, .npy]

  /// The format of a file with this beginning; nil when it is none of ``all``.
  static func of(_ bytes: [UInt8]) -> ImageFormat? {
    let start = bytes.prefix(signatureByteCount)
    return all.first { $0.isFormat(start) }
  }

  /// The format whose files are named as `path` is; nil when there is none.
  package static func named(_ path: String) -> ImageFormat? {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return nil }
    let ending = name[dot...].dropFirst().lowercased()
    return all.first { $0.extensions.contains(ending) }
  }

  /// How many bytes tell a format.
  static let signatureByteCount = 16
}

/// What a format's decoder is asked for.
struct DecodingOptions {
  var limits = ImageLimits()
  /// Where decoding costs less for a smaller image, one may be returned whose shorter side has at least this
  /// many pixels; nil asks for all of them.
  var minimumSide: Int?
}
