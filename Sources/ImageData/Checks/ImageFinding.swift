/// A fact about an image that should be known before training.
package struct ImageFinding: Equatable, Sendable {
  /// The kind of finding.
  package enum Kind: String, Sendable, CaseIterable {
    /// The folder contains no images.
    case noImages = "no images"
    /// The file cannot be opened, or is not a regular file.
    case unreadable
    /// A table names the file, but it does not exist.
    case missing
    case empty
    /// The file is named like an image, but is none.
    case notAnImage = "not an image"
    /// An image of an unsupported kind.
    case unsupported
    case broken
    case truncated
    /// The file exceeds a limit.
    case giant
    /// The image has samples that are NaN or infinite.
    case notFinite = "not finite"
    /// The pixels equal those of an image on another side of the split.
    case leak
    /// The table's labels or the split cannot be read.
    case labels
    /// The folder's name is not part of a split, while those of others are.
    case inNoPart = "in no part"
    /// The pixels equal those of an image with another label.
    case conflict
    /// The image looks like one on another side of the split.
    case nearLeak = "near leak"
    /// The pixels equal those of another image.
    case duplicate
    /// The image looks like another one.
    case nearDuplicate = "near duplicate"
    /// The image has one colour only, or nearly.
    case blank
    /// The size differs from that of the others.
    case size
    /// The number of channels or the bit depth differs from that of most images.
    case channels
    /// The magnitude of the samples differs from that of most images, as if they had another unit.
    case scale = "other scale"
    /// A labelled point lies outside the image.
    case pointOutside = "point outside"
    /// The extension does not match the format of the contents.
    case wrongExtension = "wrong extension"
    /// Parts of the image are transparent, and are composited onto white.
    case transparent
    /// The file holds several images; the first is read.
    case several = "several images"
    /// The file contains stray bytes.
    case strayBytes = "stray bytes"
    /// No row of the table names the file.
    case unlabelled
    /// The file is an image, but training ignores its format or name.
    case notRead = "not read in training"
    /// A link to a folder that is read under another name.
    case repeatedFolder = "repeated folder"

    /// Whether the finding stops training or invalidates its evaluation.
    package var isError: Bool {
      switch self {
      case .noImages, .unreadable, .missing, .empty, .notAnImage, .unsupported, .broken, .truncated,
        .giant,
        .notFinite, .leak, .labels:
        true
      case .inNoPart, .conflict, .nearLeak, .duplicate, .nearDuplicate, .blank, .size, .channels,
        .scale, .pointOutside, .wrongExtension, .transparent, .several, .strayBytes, .unlabelled,
        .notRead,
        .repeatedFolder:
        false
      }
    }
  }

  package let kind: Kind
  /// The path of the image, relative to the folder.
  package let image: String
  /// The image that it resembles, if any.
  package let other: String?
  /// The details, in words.
  package let detail: String

  package init(kind: Kind, image: String, other: String? = nil, detail: String) {
    self.kind = kind
    self.image = image
    self.other = other
    self.detail = detail
  }
}
