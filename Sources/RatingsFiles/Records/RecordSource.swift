/// What ``RecordSource/next()`` came upon.
enum RecordEvent: Equatable {
  /// A record: its columns are ``RecordSource/fields`` in ``RecordSource/bytes``.
  case record
  /// A line that can't be read as a record. Reading goes on with the line behind it.
  case fault(LineFault)
  case end
}

/// The records of a file, one after another, each as columns of bytes. A format of files is a conformance
/// of its own and a case of ``RecordFormat``, whose rows are read by code that is generic over it.
protocol RecordSource {
  var input: InputFile { get }
  /// The line that names the columns, as it stands in the file, where there is one.
  var headerLine: [UInt8]? { get }
  /// What ``fields`` and ``record`` are positions in; the rest of it means nothing.
  var bytes: [UInt8] { get }
  /// The columns of the current record, without quotes.
  var fields: [Range<Int>] { get }
  /// The current record as it stands in the file.
  var record: Range<Int> { get }
  /// The line at which the current record or fault begins, from 1.
  var line: Int { get }
  /// Whether ``next()`` came upon a fault, and the line is still to be skipped.
  var isAtFault: Bool { get }
  /// Where the lines went so far.
  var tally: LineTally { get }

  /// The columns that records have had so far and that the file's are not: there are none where every record
  /// has the same.
  var unknownColumns: UnknownColumns { get }

  /// Goes to the next record. Throws where reading can't go on, and at the end where a line is not
  /// accounted for.
  mutating func next() throws(RatingsFileError) -> RecordEvent

  /// Goes behind the line at which the last fault began, and passes it, its line end included, to
  /// `body` in pieces.
  mutating func skipFaultyLine(_ body: (ArraySlice<UInt8>) throws(RatingsFileError) -> Void)
    throws(RatingsFileError)

  /// The line of the file that `fault`, one of the current record or line, is in.
  func line(of fault: LineFault) -> Int
}
