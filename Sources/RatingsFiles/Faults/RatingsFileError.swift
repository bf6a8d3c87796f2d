package import Errors

/// What is wrong with a file of ratings or items: what, where, and what to do about it.
package typealias RatingsFileError = ExplainedError<RatingsFileErrorCode>

/// The kinds of failure of a ``RatingsFileError``.
package enum RatingsFileErrorCode: String, ErrorCode {
  /// Places are in files: down to the line and column.
  package typealias Place = FilePlace

  /// The file, or a temporary one, can't be opened, read or written.
  case inputOutput
  /// What comes from a pipe can't be kept to be read twice.
  case notRewindable
  /// The file is of a kind that is not read.
  case notPlainText
  /// The delimiter can't be found, or the one given makes a single column.
  case noDelimiter
  /// The columns asked for are not there, or there are several that could be meant.
  case unknownColumns
  /// No column of values was found in a file that comes to ratings with values.
  case noValueColumn
  /// Columns that were guessed are hardly what they were taken for: the file is likely none of ratings.
  case unlikelyColumns
  /// Plays among opinions.
  case otherFeedback
  /// A folder without any of the layouts that are known.
  case unknownLayout
  /// What was asked for contradicts itself.
  case badRequest
  /// The file holds bytes, and nothing that is a line of ratings or items.
  case noRecord
  /// Every line of ratings is bad.
  case noGoodLine
  /// What is no JSON where JSON is read.
  case badJSON
  /// Lines or records that are not accounted for: a mistake of Latent's.
  case miscounted
  /// A pair of user and item that comes more than once where that is not allowed.
  case repeated
  /// A line names the columns once more.
  case repeatedHeader
  /// A line has more or fewer columns than the others.
  case columnCount
  /// A quote that never ends, or text behind the closing one.
  case badQuoting
  /// A line over the limit of ``recordByteLimit``.
  case lineTooLong
  /// A rating that is no decimal number.
  case notANumber
  /// A rating with a decimal comma where a point is meant, or the other way round.
  case otherDecimalSign
  /// A rating that is NaN, infinite, or beyond what 32 bits of floating point hold.
  case notFinite
  /// A rating outside the store's scale.
  case outsideScale
  /// A time that is neither a number nor ISO 8601, or outside the years 1 to 9999.
  case badTime
  /// Bytes that are no text in the encoding that they are read in.
  case badEncoding
  /// A NUL, or half a character.
  case badText
  /// An id that is empty or too long.
  case badIdentifier
  /// A word for what is not known in the place of an id.
  case missingIdentifier
  /// An id that is no integer, or not written as one without need, where the store's ids are integers.
  case notAnInteger
  /// A rating by somebody who was forgotten.
  case forgottenUser
}
