/// A decoded image, with facts about its file.
package struct DecodedImage: Sendable {
  /// The pixels, upright, with transparency composited onto white.
  package let image: Image
  /// The format of the file, by its ``ImageFormat`` name.
  package internal(set) var format = ""
  /// The width of the file's image, upright; larger than that of ``image`` if it was scaled down in decoding.
  package let fileWidth: Int
  /// The height of the file's image, upright.
  package let fileHeight: Int
  /// Anomalies of the file that are not errors.
  package internal(set) var remarks: [ImageRemark]

  /// Creates an image decoded at the file's size.
  package init(_ image: Image, remarks: [ImageRemark] = []) {
    self.init(image, fileWidth: image.width, fileHeight: image.height, remarks: remarks)
  }

  /// Creates an image decoded at another size than the file's.
  package init(
    _ image: Image, fileWidth: Int, fileHeight: Int, remarks: [ImageRemark] = []
  ) {
    self.image = image
    self.fileWidth = fileWidth
    self.fileHeight = fileHeight
    self.remarks = remarks
  }
}

/// An anomaly in a readable file.
package enum ImageRemark: Equatable, Sendable {
  /// The file's extension is that of another format.
  case mislabelled
  /// Some pixels were not opaque: they are composited onto white.
  case transparent
  /// The file holds further images that are not read: this many in all.
  case severalImages(Int)
  /// Stray bytes in the header of a JPEG or before its end: some cameras write them; some damage looks the same.
  case strayBytes
  /// An array whose first dimension is far smaller than the others. It probably has its channels first, but they are
  /// read as rows.
  case channelsFirst
}
