import Errors

/// Reads a file record by record, in a buffer that holds a chunk of it: memory is bounded by the
/// chunk and ``recordByteLimit``, whatever the file's size.
struct RecordReader {
  /// What ``next()`` came upon.
  enum Event: Equatable {
    /// A record: its columns are ``fields`` in ``bytes``.
    case record
    /// A line whose columns can't be told apart. Reading goes on with the line behind it.
    case fault(LineFault)
    case end
  }

  let input: InputFile
  /// What is in the buffer now; only ``record`` and ``fields`` mean something.
  private(set) var bytes: [UInt8]
  /// The columns of the current record, without quotes, as positions in ``bytes``.
  var fields: [Range<Int>] { scanner.fields }
  /// The current record as it stands in the file, with its line end, as positions in ``bytes``.
  private(set) var record = 0..<0
  /// The line at which the current record or fault begins, from 1.
  private(set) var line = 1
  /// Whether ``next()`` came upon a fault, and the line is still to be skipped.
  private(set) var isAtFault = false
  private var scanner: RecordScanner
  private let chunkSize: Int
  /// What was read and not yet handed out is `start ..< end`.
  private var start = 0
  private var end = 0
  private var isComplete = false
  private var lineEnds = 0

  /// Reads on from where `input` stands, past a byte order mark.
  init(_ input: InputFile, delimiter: Delimiter, chunkSize: Int = 1 << 20)
    throws(RatingsFileError)
  {
    precondition(chunkSize > 0)
    self.input = input
    self.chunkSize = chunkSize
    scanner = RecordScanner(delimiter: delimiter)
    bytes = Array(repeating: 0, count: max(chunkSize, 3))
    if try input.peek(3).elementsEqual(byteOrderMark) {
      end = try input.read(into: &bytes, at: 0, upTo: 3)
      start = end
    }
  }

  /// Goes to the next record that is not an empty line.
  mutating func next() throws(RatingsFileError) -> Event {
    if isAtFault { try skipFaultyLine() }
    while true {
      line += lineEnds
      lineEnds = 0
      if start == end, isComplete { return .end }
      switch scanner.scan(bytes, from: start, to: end, isComplete: isComplete) {
      case .record(let recordEnd, _) where recordEnd - start > recordByteLimit:
        return fault(.lineTooLong)
      case .record(let recordEnd, let lineEnds):
        record = start..<recordEnd
        self.lineEnds = lineEnds
        start = recordEnd
        let isEmptyLine =
          fields.count == 1 && fields[0].isEmpty && fields[0].lowerBound == record.lowerBound
        if isEmptyLine { continue }
        if !scanner.doubledQuotes.isEmpty { undoubleQuotes() }
        return .record
      case .needsMore(let openQuote):
        if end - start > recordByteLimit {
          return fault(openQuote == nil ? .lineTooLong : .unterminatedQuote, at: openQuote)
        }
        try readMore()
      case .fault(.unterminated, let position):
        return fault(.unterminatedQuote, at: position)
      case .fault(.textBehindClosingQuote, let position):
        return fault(.textBehindClosingQuote, at: position)
      }
    }
  }

  /// Goes behind the line at which the last fault began, and passes it, its line end included, to
  /// `body` in pieces.
  mutating func skipFaultyLine(
    _ body: (ArraySlice<UInt8>) throws(RatingsFileError) -> Void = { _ in }
  ) throws(RatingsFileError) {
    guard isAtFault else { return }
    isAtFault = false
    while true {
      if let lineFeed = bytes[start..<end].firstIndex(of: lineFeed) {
        try body(bytes[start...lineFeed])
        start = lineFeed + 1
        lineEnds = 1
        return
      }
      try body(bytes[start..<end])
      start = end
      if isComplete { return }
      try readMore()
    }
  }

  /// The line of the file that `fault`, one of the current record or line, is in.
  func line(of fault: LineFault) -> Int {
    if isAtFault { return line + fault.lineOffset }
    guard let column = fault.column else { return line }
    let start =
      scanner.doubledQuotes.first { $0.column == column }?.start ?? fields[column].lowerBound
    return line + bytes[record.lowerBound..<start].count { $0 == lineFeed }
  }

  private mutating func fault(_ fault: LineFault, at position: Int? = nil) -> Event {
    isAtFault = true
    var fault = fault
    if let position {
      fault.column = scanner.fields.count
      fault.lineOffset = bytes[start..<position].count { $0 == lineFeed }
    }
    return .fault(fault)
  }

  /// Reads a chunk more behind what is there, or finds that there is none.
  private mutating func readMore() throws(RatingsFileError) {
    if start > 0 {
      // Not through a slice of `bytes`: two owners of the buffer would copy all of it.
      for position in start..<end { bytes[position - start] = bytes[position] }
      end -= start
      start = 0
    }
    makeRoom(for: chunkSize)
    let count = try input.read(into: &bytes, at: end, upTo: chunkSize)
    end += count
    isComplete = count == 0
  }

  /// Puts columns with doubled quotes, undoubled, behind what was read, where the next chunk will
  /// overwrite them. The record itself stays as it stands in the file.
  private mutating func undoubleQuotes() {
    var copyEnd = end
    for (column, _) in scanner.doubledQuotes {
      let field = fields[column]
      makeRoom(for: copyEnd - end + field.count)
      let copyStart = copyEnd
      var isFirstOfTwo = false
      for source in field {
        isFirstOfTwo = bytes[source] == quote && !isFirstOfTwo
        if !isFirstOfTwo {
          bytes[copyEnd] = bytes[source]
          copyEnd += 1
        }
      }
      scanner.fields[column] = copyStart..<copyEnd
    }
  }

  /// Sees to it that `count` bytes fit behind `end`.
  private mutating func makeRoom(for count: Int) {
    if bytes.count < end + count {
      bytes.append(contentsOf: repeatElement(0, count: end + count - bytes.count))
    }
  }
}

extension LineFault {
  static let lineTooLong = LineFault(
    code: .lineTooLong, problem: "a line of over \(recordByteLimit) bytes",
    remedy: "Check that this is a text file with a rating a line.")

  fileprivate static let unterminatedQuote = LineFault(
    code: .badQuoting, problem: "a quote that is never closed",
    remedy: "Close it, or double it if it belongs to the text.")

  fileprivate static let textBehindClosingQuote = LineFault(
    code: .badQuoting, problem: "text behind a closing quote",
    remedy: "Quote the whole column, and double the quotes that belong to the text.")
}

private let quote = UInt8(ascii: "\"")
/// U+FEFF in UTF-8, which some programs write in front of a text.
private let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
