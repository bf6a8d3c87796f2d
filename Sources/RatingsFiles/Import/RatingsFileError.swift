package import Errors

/// What is wrong with a file of ratings or items: what, where, and what to do about it.
package typealias RatingsFileError = ExplainedError<RatingsFileErrorCode>

/// The kinds of failure of a ``RatingsFileError``.
package enum RatingsFileErrorCode: String, ErrorCode {
  /// Places are in files: down to the line and column.
  package typealias Place = FilePlace

  /// The file can't be opened, read or written.
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
  /// Bytes that are no UTF-8, or a NUL.
  case badText
  /// An id that is empty or too long.
  case badIdentifier
  /// An id that is no integer where the store's ids are integers.
  case notAnInteger
  /// A rating by somebody who was forgotten.
  case forgottenUser
}

/// A place in a file, as precise as it is known.
package struct FilePlace: Equatable, Sendable, CustomStringConvertible {
  /// The file as it was named, `standard input` for `-`.
  package var file: String
  /// The line, from 1, counting every line end, those inside quotes as well.
  package var line: Int?
  /// The column, from 1.
  package var column: Int?
  /// The column's name, when the file has a header.
  package var columnName: String?

  package init(file: String, line: Int? = nil, column: Int? = nil, columnName: String? = nil) {
    self.file = file
    self.line = line
    self.column = column
    self.columnName = columnName
  }

  /// The column at `position`, from 0, of a file with this header.
  init(file: String, line: Int, position: Int?, header: [String]?) {
    let names = header ?? []
    self.init(
      file: file, line: line, column: position.map { $0 + 1 },
      columnName: position.flatMap { names.indices.contains($0) ? names[$0] : nil })
  }

  package var description: String {
    var text = file
    if let line { text += ", line \(line)" }
    if let column { text += ", column \(column)" }
    if let columnName { text += " (\(columnName))" }
    return text
  }
}

/// What is wrong with one line, before it is known which line of which file that is.
struct LineFault: Error, Equatable {
  let code: RatingsFileErrorCode
  let problem: String
  let remedy: String
  /// The position of the column, from 0, when one is to blame.
  var column: Int?
  /// The number of line ends between the beginning of the record and what is wrong.
  var lineOffset = 0
}
