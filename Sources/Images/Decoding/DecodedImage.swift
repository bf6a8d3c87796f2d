/// An image, and what there is to say of the file that it came from.
package struct DecodedImage: Sendable {
  /// The pixels, upright, transparency composed onto white.
  package let image: Image
  /// The format of the file, as ``ImageFormat`` names it.
  package internal(set) var format = ""
  /// The width that the file has, upright: more than the image's where it was decoded scaled down.
  package let fileWidth: Int
  /// The height that the file has, upright.
  package let fileHeight: Int
  /// What is odd about the file without being an error.
  package internal(set) var remarks: [ImageRemark]

  /// An image decoded at the file's size.
  package init(_ image: Image, remarks: [ImageRemark] = []) {
    self.init(image, fileWidth: image.width, fileHeight: image.height, remarks: remarks)
  }

  /// An image of a file of another size than its own.
  package init(
    _ image: Image, fileWidth: Int, fileHeight: Int, remarks: [ImageRemark] = []
  ) {
    self.image = image
    self.fileWidth = fileWidth
    self.fileHeight = fileHeight
    self.remarks = remarks
  }
}

/// Something odd about a file that can be read.
package enum ImageRemark: Equatable, Sendable {
  /// The name of the file ends as those of another format do.
  case mislabelled
  /// Some pixels were not opaque: they are shown on white.
  case transparent
  /// The file holds further images, which are not read: this many in all.
  case severalImages(Int)
  /// Bytes that belong to nothing in the header of a JPEG or before its end: some cameras write them, some damage
  /// looks so.
  case strayBytes
  /// An array whose first dimension is far smaller than the others: its channels seem to come first, and are read as
  /// rows.
  case channelsFirst
}
