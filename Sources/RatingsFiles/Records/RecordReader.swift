import Errors

/// Reads a delimited file record by record.
struct RecordReader: RecordSource {
  private var buffer: RecordBuffer
  private var scanner: RecordScanner
  private(set) var record = 0..<0
  private(set) var line = 1
  private(set) var isAtFault = false
  private(set) var tally = LineTally()
  private(set) var headerLine: [UInt8]?
  /// The number of columns in a line, if it is uncertain whether quotes have a meaning. A record is then
  /// rejected if its lines would be records with literal quotes.
  private let doubtedColumnCount: Int?
  private var lineEnds = 0

  /// Reads from the current position of `input`, after a byte order mark. `doubtedColumnCount` is the number
  /// of columns in a line if the meaning of quotes was guessed, nil if it was specified.
  init(
    _ input: InputFile, _ dialect: Dialect, doubtedColumnCount: Int? = nil,
    chunkSize: Int = 1 << 20
  ) throws(RatingsFileError) {
    buffer = try RecordBuffer(input, chunkSize: chunkSize)
    scanner = RecordScanner(dialect)
    self.doubtedColumnCount = doubtedColumnCount
  }

  var input: InputFile { buffer.input }
  var bytes: [UInt8] { buffer.bytes }
  var fields: [Range<Int>] { scanner.fields }
  var unknownColumns: UnknownColumns { UnknownColumns() }

  mutating func next() throws(RatingsFileError) -> RecordEvent {
    if isAtFault { try skipFaultyLine() }
    while true {
      line += lineEnds
      lineEnds = 0
      let (start, end) = (buffer.start, buffer.end)
      if start == end, buffer.isComplete {
        tally.total = buffer.lineCount
        guard tally.isBalanced else { throw .miscounted(tally, file: input.name) }
        return .end
      }
      switch scanner.scan(buffer.bytes, from: start, to: end, isComplete: buffer.isComplete) {
      case .record(let recordEnd, _) where recordEnd - start > recordByteLimit:
        return fault(.lineTooLong)
      case .record(let recordEnd, let lineEnds):
        record = start..<recordEnd
        if fields.count == 1, fields[0].isEmpty, scanner.quoted.isEmpty {
          take(recordEnd, lineEnds)
          tally.blank += 1
          continue
        }
        if lineEnds > 1, let doubtedColumnCount, linesAreRecords(of: doubtedColumnCount) {
          return fault(.doubtfulQuote, at: openingOfSpanningColumn)
        }
        take(recordEnd, lineEnds)
        tally.count(lines: lineEnds + (buffer.bytes[recordEnd - 1] == lineFeed ? 0 : 1), from: line)
        if !scanner.escaped.isEmpty { unescape() }
        return .record
      case .needsMore(let openQuote):
        if end - start > recordByteLimit {
          return fault(openQuote == nil ? .lineTooLong : .unterminatedQuote, at: openQuote)
        }
        try buffer.readMore()
      case .fault(.unterminated, let position):
        return fault(.unterminatedQuote, at: position)
      case .fault(.textBehindClosingQuote, let position):
        return fault(.textBehindClosingQuote, at: position)
      }
    }
  }

  /// Skips the line that gives the delimiter, and the one that names the columns, if they exist.
  mutating func takeHeader(behindSeparator: Bool, hasNames: Bool) throws(RatingsFileError) {
    if behindSeparator { _ = try takeHeaderLine() }
    if hasNames { headerLine = try takeHeaderLine() }
  }

  private mutating func takeHeaderLine() throws(RatingsFileError) -> [UInt8] {
    switch try next() {
    case .fault(let fault): throw error(for: fault, header: nil)
    case .record:
      tally.recountAsHeader()
      return Array(bytes[record])
    case .end: return []
    }
  }

  mutating func skipFaultyLine(
    _ body: (ArraySlice<UInt8>) throws(RatingsFileError) -> Void = { _ in }
  ) throws(RatingsFileError) {
    guard isAtFault else { return }
    isAtFault = false
    lineEnds = try buffer.skipLine(body)
    tally.count(lines: 1, from: line)
  }

  func line(of fault: LineFault) -> Int {
    if isAtFault { return line + fault.lineOffset }
    guard let column = fault.column else { return line }
    let start =
      scanner.escaped.first { $0.column == column }?.start ?? fields[column].lowerBound
    return line + bytes.span.count(of: lineFeed, in: record.lowerBound..<start)
  }

  /// Advances past the current record.
  private mutating func take(_ recordEnd: Int, _ lineEnds: Int) {
    buffer.start = recordEnd
    self.lineEnds = lineEnds
  }

  private mutating func fault(_ fault: LineFault, at position: Int? = nil) -> RecordEvent {
    isAtFault = true
    var fault = fault
    if let position {
      fault.column = scanner.fields.count { $0.lowerBound < position }
      fault.lineOffset = bytes.span.count(of: lineFeed, in: buffer.start..<position)
    }
    return .fault(fault)
  }

  /// The position of the quote that extends the current record beyond its first line.
  private var openingOfSpanningColumn: Int? {
    scanner.quoted.lazy.map { fields[$0] }
      .first { buffer.bytes.span.count(of: lineFeed, in: $0) > 0 }.map { $0.lowerBound - 1 }
  }

  /// Returns whether the lines of the current record would be records of `columnCount` columns if quotes were
  /// literal. That must hold for the first line, and for at least half of the other non-blank ones, since
  /// some may be faulty.
  private func linesAreRecords(of columnCount: Int) -> Bool {
    var plain = RecordScanner(
      Dialect(delimiter: scanner.dialect.delimiter, quoting: .none))
    var position = record.lowerBound
    var (fitting, others) = (0, 0)
    while position < record.upperBound {
      guard
        case .record(let end, _) = plain.scan(
          buffer.bytes, from: position, to: record.upperBound, isComplete: true)
      else { return false }
      let isFirst = position == record.lowerBound
      position = end
      if plain.fields.count == 1, plain.fields[0].isEmpty { continue }
      let fits = plain.fields.count == columnCount
      if isFirst {
        guard fits else { return false }
      } else {
        others += 1
        if fits { fitting += 1 }
      }
    }
    return fitting * 2 >= others && others > 0
  }

  /// Copies columns with escapes, unescaped, to after the data read. The record itself stays as it is in the
  /// file.
  private mutating func unescape() {
    var copyEnd = buffer.end
    for (column, _) in scanner.escaped {
      let field = fields[column]
      buffer.makeRoom(behind: copyEnd, for: field.count)
      let copyStart = copyEnd
      var source = field.lowerBound
      while source < field.upperBound {
        let byte = buffer.bytes[source]
        let next = source + 1 < field.upperBound ? buffer.bytes[source + 1] : 0
        let isEscape = scanner.dialect.quoting.isEscape(byte, before: next)
        buffer.write(isEscape ? next : byte, at: copyEnd)
        copyEnd += 1
        source += isEscape ? 2 : 1
      }
      scanner.fields[column] = copyStart..<copyEnd
    }
  }
}

extension LineTally {
  /// Counts a record of `lines` lines that begins at `line`.
  mutating func count(lines: Int, from line: Int) {
    ofRecords += lines
    records += 1
    guard lines > 1 else { return }
    spanning += 1
    if firstSpanning == nil { firstSpanning = line }
  }

  /// Recounts all records so far as the header.
  mutating func recountAsHeader() {
    header += ofRecords
    (ofRecords, records, spanning, firstSpanning) = (0, 0, 0, nil)
  }
}

extension RecordBuffer {
  /// Skips to after the next line end, or to the end of the file, and passes the skipped bytes to `body`.
  /// Returns the number of line ends skipped: 1, or 0 at the end of the file.
  mutating func skipLine(
    _ body: (ArraySlice<UInt8>) throws(RatingsFileError) -> Void
  ) throws(RatingsFileError) -> Int {
    while true {
      if let lineFeed = bytes[start..<end].firstIndex(of: lineFeed) {
        try body(bytes[start...lineFeed])
        start = lineFeed + 1
        return 1
      }
      try body(bytes[start..<end])
      start = end
      if isComplete { return 0 }
      try readMore()
    }
  }
}

extension LineFault {
  static let lineTooLong = LineFault(
    code: .lineTooLong, problem: "a line of more than \(recordByteLimit) bytes",
    remedy: "Check that this is a text file with one rating per line.")

  fileprivate static let unterminatedQuote = LineFault(
    code: .badQuoting, problem: "a quote that is never closed",
    remedy:
      "Close it, or double it if it is part of the text; if quotes have no meaning in the file, "
      + "specify quoting none.")

  fileprivate static let textBehindClosingQuote = LineFault(
    code: .badQuoting, problem: "text after a closing quote",
    remedy:
      "Quote the whole column, and double the quotes that are part of the text; if quotes have no "
      + "meaning in the file, or a backslash escapes them, specify quoting none or backslash."
  )

  fileprivate static let doubtfulQuote = LineFault(
    code: .badQuoting,
    problem:
      "a quote that is closed lines later, but most of these lines are records by themselves",
    remedy:
      "If quotes have no meaning in the file, specify quoting none; if a column may contain line "
      + "breaks, quoting double.")
}

extension RatingsFileError {
  /// Returns the error that lines were lost, which must not happen.
  static func miscounted(_ tally: LineTally, file: String) -> RatingsFileError {
    RatingsFileError(
      .miscounted,
      "it has \(tally.total) lines, but \(tally.header) header lines, \(tally.blank) blank lines and "
        + "\(tally.ofRecords) lines of records were read: nothing was imported",
      place: FilePlace(file: file), remedy: "Please report this: it is a bug in Latent.")
  }
}
