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
