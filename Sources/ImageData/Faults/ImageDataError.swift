package import Errors

/// An error about a set of images and their labels: the problem, the place, and a remedy.
package typealias ImageDataError = ExplainedError<ImageDataErrorCode>

/// The error codes of an ``ImageDataError``.
package enum ImageDataErrorCode: String, ErrorCode {
  /// A folder or a table cannot be read.
  case inputOutput
  /// The file is not a table, or has an invalid line.
  case badTable
  /// There is no column of that name, or none known to hold what is needed.
  case unknownColumn
  /// There are no images, or too many.
  case imageCount
  /// A table names a file that does not exist.
  case missingImage
  /// A table names an image twice.
  case repeatedImage
  /// An image has no label, or an invalid one.
  case badLabel
  /// An image has no label where every image must have one.
  case noLabel
  /// The labels are those of another task than the model's.
  case otherTask
  /// A part of the split is empty, or an image is in no part.
  case badSplit
  /// No image is held out, but held-out images are required.
  case noneHeldOut
  /// None of the images can be read.
  case noneReadable
  /// The request contradicts itself.
  case badRequest
}
