/// The maximum length of a record, including line ends inside quotes. It bounds the memory for reading, and
/// how far a missing quote is searched for.
package let recordByteLimit = 1 << 20

/// The result of scanning a record.
enum ScanResult: Equatable {
  /// A complete record: `end` is after its line end, `lineEnds` counts the line ends in it.
  case record(end: Int, lineEnds: Int)
  /// The record continues beyond the buffered bytes; `openQuote` is the position of a quote that is not
  /// closed yet.
  case needsMore(openQuote: Int?)
  /// A quoting error at `position`.
  case fault(QuoteFault, position: Int)
}

/// The kinds of quoting error.
enum QuoteFault: Equatable {
  case unterminated
  case textBehindClosingQuote
}

/// Splits bytes into records and their columns, according to a ``Dialect``.
///
/// A quote is only special at the start of a column, after any white space; elsewhere it is literal, as in
/// other CSV readers. White space around a column is trimmed unless it is quoted. Lines end in LF or CRLF;
/// the last may also end with the file.
struct RecordScanner {
  let dialect: Dialect
  /// The columns of the last record found, without their quotes. Those in ``escaped`` still contain doubled
  /// or escaped quotes.
  var fields: [Range<Int>] = []
  /// The columns of that record with escapes, and where they begin.
  private(set) var escaped: [(column: Int, start: Int)] = []
  /// The quoted columns of that record.
  private(set) var quoted: [Int] = []
  private let delimiter: Delimiter

  init(_ dialect: Dialect) {
    self.dialect = dialect
    delimiter = dialect.delimiter
  }

  /// Scans the record that begins at `start`; `isComplete` says that nothing follows `limit`. Takes linear
  /// time in the length of the record.
  mutating func scan(_ buffer: [UInt8], from start: Int, to limit: Int, isComplete: Bool)
    -> ScanResult
  {
    let bytes = buffer.span
    fields.removeAll(keepingCapacity: true)
    escaped.removeAll(keepingCapacity: true)
    quoted.removeAll(keepingCapacity: true)
    var lineEnds = 0
    var position = start
    while true {
      let opening =
        dialect.quoting == .none ? limit : endOfWhiteSpace(bytes, from: position, to: limit)
      if opening < limit, bytes[opening] == quote {
        guard
          let closing = closingQuote(bytes, from: opening + 1, to: limit, lineEnds: &lineEnds)
        else {
          return isComplete
            ? .fault(.unterminated, position: opening) : .needsMore(openQuote: opening)
        }
        position = endOfWhiteSpace(bytes, from: closing + 1, to: limit)
        guard
          position == limit || bytes[position] == lineFeed || isDelimiter(bytes, position, limit)
        else {
          // Half of a delimiter may be cut off.
          if !isComplete, position + 1 == limit, bytes[position] == delimiter.first {
            return .needsMore(openQuote: nil)
          }
          return .fault(.textBehindClosingQuote, position: opening)
        }
        quoted.append(fields.count)
        fields.append(opening + 1..<closing)
      } else {
        let field = position
        position = endOfPlainField(bytes, from: position, to: limit)
        fields.append(withoutWhiteSpace(bytes, field..<position))
      }
      // The position is at the end of the bytes, a line feed, or the delimiter.
      if position == limit {
        return isComplete
          ? .record(end: limit, lineEnds: lineEnds) : .needsMore(openQuote: nil)
      }
      if bytes[position] == lineFeed {
        return .record(end: position + 1, lineEnds: lineEnds + 1)
      }
      position += delimiter.second == nil ? 1 : 2
    }
  }

  /// Returns the position of the first line feed or delimiter, else `limit`. A two-byte delimiter cut off by
  /// `limit` is not found: the record is scanned again with more data.
  private func endOfPlainField(_ bytes: Span<UInt8>, from start: Int, to limit: Int) -> Int {
    var position = start
    while position < limit {
      let byte = bytes[position]
      if byte == lineFeed || (byte == delimiter.first && isDelimiter(bytes, position, limit)) {
        return position
      }
      position += 1
    }
    return limit
  }

  private func isDelimiter(_ bytes: Span<UInt8>, _ position: Int, _ limit: Int) -> Bool {
    guard bytes[position] == delimiter.first else { return false }
    guard let second = delimiter.second else { return true }
    return position + 1 < limit && bytes[position + 1] == second
  }

  /// Returns whether `byte` is a space, tab or the carriage return of a line end, and not part of the
  /// delimiter.
  private func isWhiteSpace(_ byte: UInt8) -> Bool {
    guard byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == carriageReturn else {
      return false
    }
    return byte != delimiter.first && byte != delimiter.second
  }

  private func endOfWhiteSpace(_ bytes: Span<UInt8>, from start: Int, to limit: Int) -> Int {
    var position = start
    while position < limit, isWhiteSpace(bytes[position]) { position += 1 }
    return position
  }

  private func withoutWhiteSpace(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Range<Int> {
    let lower = endOfWhiteSpace(bytes, from: field.lowerBound, to: field.upperBound)
    var upper = field.upperBound
    while upper > lower, isWhiteSpace(bytes[upper - 1]) { upper -= 1 }
    return lower..<upper
  }

  /// Returns the position of the quote that closes the column, skipping escaped ones; nil if there is none.
  /// At the end of incomplete data it may be the first of two: the record is then scanned again.
  private mutating func closingQuote(
    _ bytes: Span<UInt8>, from start: Int, to limit: Int, lineEnds: inout Int
  ) -> Int? {
    var hasEscapes = false
    var position = start
    while position < limit {
      let byte = bytes[position]
      if byte == quote {
        guard position + 1 < limit, bytes[position + 1] == quote else {
          if hasEscapes { escaped.append((fields.count, start)) }
          return position
        }
        hasEscapes = true
        position += 1
      } else if byte == backslash, dialect.quoting == .backslash, position + 1 < limit,
        bytes[position + 1] == quote || bytes[position + 1] == backslash
      {
        hasEscapes = true
        position += 1
      } else if byte == lineFeed {
        lineEnds += 1
      }
      position += 1
    }
    return nil
  }
}

let lineFeed = UInt8(ascii: "\n")
let carriageReturn = UInt8(ascii: "\r")
let quote = UInt8(ascii: "\"")
let backslash = UInt8(ascii: "\\")
