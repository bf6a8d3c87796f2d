/// The format of a file's records.
enum RecordFormat: Equatable {
  /// Delimited columns. With `hasSeparatorLine`, the first line gives the delimiter.
  case delimited(Dialect, hasSeparatorLine: Bool)
  /// A JSON object per record, with a key per column: in lines, or in one array.
  case json

  /// The delimiter, if there is one.
  var delimiter: Delimiter? {
    if case .delimited(let dialect, _) = self { dialect.delimiter } else { nil }
  }

  /// Returns the records of `input`, which is at its start. `columns` are the names in the header or the JSON
  /// keys. `needed` are the positions of the columns to be used, `single` of those that hold one value.
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
