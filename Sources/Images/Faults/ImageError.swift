package import Errors

/// An error about an image: the problem, the file, and a remedy.
package typealias ImageError = ExplainedError<ImageErrorCode>

/// The error codes of an ``ImageError``.
package enum ImageErrorCode: String, ErrorCode {
  /// The file cannot be opened or read.
  case inputOutput
  /// A folder, a pipe or a device instead of a file.
  case notAFile
  /// The file is empty.
  case empty
  /// The bytes are not an image.
  case notAnImage
  /// The kind of image is not supported.
  case unsupported
  /// The file contradicts itself or its format.
  case broken
  /// The file ends before the image does.
  case truncated
  /// The image exceeds the pixel limits of ``ImageLimits``.
  case tooManyPixels
  /// The file exceeds the size limit of ``ImageLimits``.
  case fileTooLarge
  /// Samples that are NaN or infinite.
  case notFinite
  /// Files meant to form one image do not match.
  case mismatchedBands
}
