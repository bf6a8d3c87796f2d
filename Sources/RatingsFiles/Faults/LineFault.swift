/// A fault in one line, without the file and the line number.
struct LineFault: Error, Equatable {
  let code: RatingsFileErrorCode
  let problem: String
  let remedy: String
  /// The position of the faulty column, from 0, if there is one.
  var column: Int?
  /// The number of line ends between the start of the record and the fault.
  var lineOffset = 0
}
