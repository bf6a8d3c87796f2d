package import Errors

/// What is wrong with a set of images and their labels: what, where, and what to do about it.
package typealias ImageDataError = ExplainedError<ImageDataErrorCode>

/// The kinds of failure of an ``ImageDataError``.
package enum ImageDataErrorCode: String, ErrorCode {
  /// A folder or a table can't be read.
  case inputOutput
  /// The table is none, or a line of it is bad.
  case badTable
  /// There is no column of the name, or none that is known to hold what is needed.
  case unknownColumn
  /// There are no images, or too many.
  case imageCount
  /// A table names a file that is not there.
  case missingImage
  /// A table names an image twice.
  case repeatedImage
  /// An image has no label, or one that can't be read.
  case badLabel
  /// An image has no label where each must have one.
  case noLabel
  /// The labels are those of another task than the model's.
  case otherTask
  /// A part of the split is empty, or an image is in none.
  case badSplit
  /// No image is held out, and those are asked for.
  case noneHeldOut
  /// None of the images can be read.
  case noneReadable
  /// What was asked for contradicts itself.
  case badRequest
}
