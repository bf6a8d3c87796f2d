package import Errors

/// An error in a file of ratings or items: what is wrong, where, and what to do about it.
package typealias RatingsFileError = ExplainedError<RatingsFileErrorCode>

/// The kinds of ``RatingsFileError``.
package enum RatingsFileErrorCode: String, ErrorCode {
  /// The location in a file, down to the line and column.
  package typealias Place = FilePlace

  /// The file, or a temporary one, can't be opened, read or written.
  case inputOutput
  /// Piped input can't be stored for a second pass.
  case notRewindable
  /// The file has an unsupported format.
  case notPlainText
  /// The delimiter can't be detected, or the given one yields a single column.
  case noDelimiter
  /// The requested columns are missing, or several columns could be meant.
  case unknownColumns
  /// No value column was found in a file to be combined with ratings that have values.
  case noValueColumn
  /// The guessed columns are implausible: the file probably does not hold ratings.
  case unlikelyColumns
  /// Counts of plays mixed with opinions.
  case otherFeedback
  /// A folder in no known layout.
  case unknownLayout
  /// The request contradicts itself.
  case badRequest
  /// The file is not empty but has no line of ratings or items.
  case noRecord
  /// Every line of ratings is faulty.
  case noGoodLine
  /// Invalid JSON where JSON is expected.
  case badJSON
  /// Lines or records unaccounted for: a bug in Latent.
  case miscounted
  /// A pair of user and item that repeats where that is not allowed.
  case repeated
  /// A line repeats the header.
  case repeatedHeader
  /// A line has more or fewer columns than the others.
  case columnCount
  /// A quote that is never closed, or text after the closing quote.
  case badQuoting
  /// A line longer than ``recordByteLimit``.
  case lineTooLong
  /// A rating that is not a decimal number.
  case notANumber
  /// A rating with a decimal comma where a point is expected, or the other way round.
  case otherDecimalSign
  /// A rating that is NaN, infinite, or out of range for 32-bit floating point.
  case notFinite
  /// A rating outside the store's scale.
  case outsideScale
  /// A time that is neither a number nor ISO 8601, or not in the years 1 to 9999.
  case badTime
  /// Bytes that are not valid in the file's encoding.
  case badEncoding
  /// A NUL, or half a surrogate pair.
  case badText
  /// An id that is empty or too long.
  case badIdentifier
  /// A placeholder for a missing value, such as `NULL`, in place of an id.
  case missingIdentifier
  /// An id that is not an integer, or not in plain form, where the store's ids are integers.
  case notAnInteger
  /// A rating by a forgotten user.
  case forgottenUser
}
