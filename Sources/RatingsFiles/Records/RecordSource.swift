/// The result of ``RecordSource/next()``.
enum RecordEvent: Equatable {
  /// A record: its columns are ``RecordSource/fields`` in ``RecordSource/bytes``.
  case record
  /// A line that can't be read as a record. Reading continues with the next line.
  case fault(LineFault)
  case end
}

/// A sequence of a file's records, each split into columns of bytes. A file format is a conforming type and a
/// case of ``RecordFormat``; generic code reads its rows.
protocol RecordSource {
  var input: InputFile { get }
  /// The header line as it is in the file, if there is one.
  var headerLine: [UInt8]? { get }
  /// The buffer that ``fields`` and ``record`` refer to; its other bytes are undefined.
  var bytes: [UInt8] { get }
  /// The columns of the current record, without quotes.
  var fields: [Range<Int>] { get }
  /// The current record as it is in the file.
  var record: Range<Int> { get }
  /// The first line of the current record or fault, from 1.
  var line: Int { get }
  /// Whether ``next()`` returned a fault whose line has not been skipped yet.
  var isAtFault: Bool { get }
  /// The tally of the lines so far.
  var tally: LineTally { get }

  /// Columns seen in records so far that are not among the file's columns; always empty in formats where
  /// every record has the same columns.
  var unknownColumns: UnknownColumns { get }

  /// Advances to the next record. Throws if reading can't continue, and at the end if a line is unaccounted
  /// for.
  mutating func next() throws(RatingsFileError) -> RecordEvent

  /// Skips the line at which the last fault began, and passes it, including its line end, to `body` in
  /// pieces.
  mutating func skipFaultyLine(_ body: (ArraySlice<UInt8>) throws(RatingsFileError) -> Void)
    throws(RatingsFileError)

  /// Returns the line in the file of `fault`, which is of the current record or line.
  func line(of fault: LineFault) -> Int
}
