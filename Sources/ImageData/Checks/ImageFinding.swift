/// Something about an image that is better known before training.
package struct ImageFinding: Equatable, Sendable {
  /// What kind of thing it is.
  package enum Kind: String, Sendable, CaseIterable {
    /// There are none in the folder.
    case noImages = "no images"
    /// The file can't be opened, or is none.
    case unreadable
    /// A table names it, and it is not there.
    case missing
    case empty
    /// It is named like an image, and is none.
    case notAnImage = "not an image"
    /// An image that is not read.
    case unsupported
    case broken
    case truncated
    /// It is over a limit.
    case giant
    /// It has samples that are no numbers.
    case notFinite = "not finite"
    /// Its pixels are those of an image on the other side of the split.
    case leak
    /// The table's labels or its split can't be read.
    case labels
    /// It is in no folder that is called as a part of the split is, and others are.
    case inNoPart = "in no part"
    /// Its pixels are those of an image that is labelled otherwise.
    case conflict
    /// It looks like an image on the other side of the split.
    case nearLeak = "near leak"
    /// Its pixels are those of another.
    case duplicate
    /// It looks like another.
    case nearDuplicate = "near duplicate"
    /// It is all of one colour, or nearly.
    case blank
    /// Its size is unlike that of the others.
    case size
    /// It has other channels than most, or samples of another depth.
    case channels
    /// Its samples are numbers of another size than those of most, as if they counted another unit.
    case scale = "other scale"
    /// A point that it is labelled with lies beyond its edges.
    case pointOutside = "point outside"
    /// Its name says another format than its bytes.
    case wrongExtension = "wrong extension"
    /// Some of it is transparent, and is shown on white.
    case transparent
    /// It holds several images, of which the first is read.
    case several = "several images"
    /// There are bytes in it that belong to nothing.
    case strayBytes = "stray bytes"
    /// No row of the table names it.
    case unlabelled
    /// It is an image, but of a format or by a name that training leaves out.
    case notRead = "not read in training"
    /// A link to a folder that is read by another name.
    case repeatedFolder = "repeated folder"

    /// Whether training stops for it, or is judged wrongly.
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
  /// The image's path, relative to the folder.
  package let image: String
  /// The image that it is like, where there is one.
  package let other: String?
  /// What there is to say.
  package let detail: String

  package init(kind: Kind, image: String, other: String? = nil, detail: String) {
    self.kind = kind
    self.image = image
    self.other = other
    self.detail = detail
  }
}
