/// How the records of a file are written.
enum RecordFormat: Equatable {
  /// Columns with something between them; a line before all says what, where `hasSeparatorLine`.
  case delimited(Dialect, hasSeparatorLine: Bool)
  /// An object a record, a key a column: in lines, or in one array.
  case json

  /// The columns' separator, where there is one.
  var delimiter: Delimiter? {
    if case .delimited(let dialect, _) = self { dialect.delimiter } else { nil }
  }

  /// Reads the records of `input`, which stands at its beginning. `columns` are the names that the header
  /// has, or JSON's keys; `needed` the positions of those that will be looked at, `single` of those that hold
  /// one value.
  func records(
    of input: InputFile, columns: [String]?, needed: [Int], single: [Int],
    doubtedColumnCount: Int?, chunkSize: Int
  ) throws(RatingsFileError) -> any RecordSource {
    switch self {
    case .json:
      return try JSONReader(
        input, keys: columns ?? [], needed: needed, single: single, chunkSize: chunkSize)
    case .delimited(let dialect, let hasSeparatorLine):
      var records = try RecordReader(
        input, dialect, doubtedColumnCount: doubtedColumnCount, chunkSize: chunkSize)
      try records.takeHeader(behindSeparator: hasSeparatorLine, hasNames: columns != nil)
      return records
    }
  }
}
