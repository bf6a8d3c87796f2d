/// The longest record, line ends inside quotes included: what bounds the memory of reading, and how
/// far a missing quote is looked for.
package let recordByteLimit = 1 << 20

/// What the bytes from some position on turned out to be.
enum ScanResult: Equatable {
  /// A whole record: `end` is just behind its line end, `lineEnds` counts the line ends in it.
  case record(end: Int, lineEnds: Int)
  /// The record goes on beyond the bytes that are there; `openQuote` is the position of a quote that
  /// is still open.
  case needsMore(openQuote: Int?)
  /// The quotes at `position` are wrong.
  case fault(QuoteFault, position: Int)
}

/// How quotes can be wrong.
enum QuoteFault: Equatable {
  case unterminated
  case textBehindClosingQuote
}

/// Splits bytes into the columns of one record after another, as a ``Dialect`` has it.
///
/// A quote counts as one only at the beginning of a column, white space aside; elsewhere it stands for
/// itself, as other readers of CSV take it. White space around a column is no part of it unless it stands
/// within quotes. Lines end in LF or CRLF, the last one by the end of the file as well.
struct RecordScanner {
  let dialect: Dialect
  /// The columns of the record found last, without their quotes. Those that ``escaped`` names still
  /// hold doubled or escaped quotes.
  var fields: [Range<Int>] = []
  /// The columns of that record with escapes in them, and where they begin.
  private(set) var escaped: [(column: Int, start: Int)] = []
  /// The columns of that record that were quoted.
  private(set) var quoted: [Int] = []
  private let delimiter: Delimiter

  init(_ dialect: Dialect) {
    self.dialect = dialect
    delimiter = dialect.delimiter
  }

  /// Looks for the record that begins at `start`; `isComplete` says that nothing follows `limit`.
  /// Time is linear in the length of the record.
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
      // Here stands the end of the bytes, a line feed, or the delimiter.
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

  /// The position of the first line feed or delimiter, else `limit`. A two-byte delimiter that is
  /// cut by `limit` is not seen: the record is looked for again when more is there.
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

  /// Whether `byte` is a space, a tabulator or the carriage return of a line's end, and does not separate
  /// columns.
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

  /// The position of the quote that ends the column, past escaped ones; nil when there is none. At the
  /// end of bytes that are not all it may be the first of two: the record is looked for again then.
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
