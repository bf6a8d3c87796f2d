/// The records of a file, whatever its format, past what stands in front of them.
enum OpenedRecords {
  case delimited(RecordReader, header: [UInt8]?)
  case json(JSONReader)

  /// Reads on from where `input` stands, its beginning. `columns` are the names that the header has, or
  /// JSON's keys; `needed` the positions of those that will be looked at, `single` of those that hold one
  /// value.
  init(
    _ input: InputFile, _ format: RecordFormat, columns: [String]?, needed: [Int], single: [Int],
    doubtedColumnCount: Int?, chunkSize: Int
  ) throws(RatingsFileError) {
    switch format {
    case .json:
      self = .json(
        try JSONReader(
          input, keys: columns ?? [], needed: needed, single: single, chunkSize: chunkSize))
    case .delimited(let dialect, let hasSeparatorLine):
      var records = try RecordReader(
        input, dialect, doubtedColumnCount: doubtedColumnCount, chunkSize: chunkSize)
      var header: [UInt8]?
      if hasSeparatorLine { try records.takeHeader() }
      if columns != nil {
        try records.takeHeader()
        header = Array(records.bytes[records.record])
      }
      self = .delimited(records, header: header)
    }
  }
}

extension RecordReader {
  /// Goes to the next record and counts it as one that names the columns or what separates them.
  fileprivate mutating func takeHeader() throws(RatingsFileError) {
    switch try next() {
    case .fault(let fault): throw error(for: fault, header: nil)
    case .record: countAsHeader()
    case .end: break
    }
  }
}
