package import Errors

/// What is wrong with an image: what, in which file, and what to do about it.
package typealias ImageError = ExplainedError<ImageErrorCode>

/// The kinds of failure of an ``ImageError``.
package enum ImageErrorCode: String, ErrorCode {
  /// The file can't be opened or read.
  case inputOutput
  /// A folder, a pipe or a device where a file is asked for.
  case notAFile
  /// The file has no bytes.
  case empty
  /// The bytes are those of no image.
  case notAnImage
  /// An image of a kind that is not read.
  case unsupported
  /// The file contradicts itself or its format.
  case broken
  /// The file ends before the image does.
  case truncated
  /// More pixels than ``ImageLimits`` allow.
  case tooManyPixels
  /// More bytes than ``ImageLimits`` allow.
  case fileTooLarge
  /// Samples that are NaN or infinite.
  case notFinite
  /// Files that are to make one image do not fit each other.
  case mismatchedBands
}
