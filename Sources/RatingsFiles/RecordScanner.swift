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

/// Splits bytes into the columns of one record after another, by RFC 4180's rules for quotes.
///
/// A quote counts as one only at the beginning of a column; elsewhere it stands for itself, as other
/// readers of CSV take it. Lines end in LF or CRLF, the last one by the end of the file as well.
struct RecordScanner {
  let delimiter: Delimiter
  /// The columns of the record found last, without their quotes. Those that ``doubledQuotes`` names
  /// still hold doubled quotes.
  var fields: [Range<Int>] = []
  /// The columns of that record with doubled quotes in them, and where they begin.
  private(set) var doubledQuotes: [(column: Int, start: Int)] = []

  init(delimiter: Delimiter) { self.delimiter = delimiter }

  /// Looks for the record that begins at `start`; `isComplete` says that nothing follows `limit`.
  /// Time is linear in the length of the record.
  mutating func scan(_ buffer: [UInt8], from start: Int, to limit: Int, isComplete: Bool)
    -> ScanResult
  {
    let bytes = buffer.span
    fields.removeAll(keepingCapacity: true)
    doubledQuotes.removeAll(keepingCapacity: true)
    var lineEnds = 0
    var position = start
    while true {
      if delimiter.allowsQuotes, position < limit, bytes[position] == quote {
        guard
          let closing = closingQuote(bytes, from: position + 1, to: limit, lineEnds: &lineEnds)
        else {
          return isComplete
            ? .fault(.unterminated, position: position) : .needsMore(openQuote: position)
        }
        let opening = position
        position = closing + 1
        if position < limit, bytes[position] == carriageReturn { position += 1 }
        if position < limit, bytes[position] != lineFeed,
          position > closing + 1 || bytes[position] != delimiter.first
        {
          return .fault(.textBehindClosingQuote, position: opening)
        }
        fields.append(opening + 1..<closing)
      } else {
        let field = position
        position = endOfPlainField(bytes, from: position, to: limit)
        var end = position
        if position == limit || bytes[position] == lineFeed,
          end > field, bytes[end - 1] == carriageReturn
        {
          end -= 1
        }
        fields.append(field..<end)
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
      if byte == lineFeed { return position }
      if byte == delimiter.first {
        guard let second = delimiter.second else { return position }
        if position + 1 < limit, bytes[position + 1] == second { return position }
      }
      position += 1
    }
    return limit
  }

  /// The position of the quote that ends the column, past doubled ones; nil when there is none. At the
  /// end of bytes that are not all it may be the first of two: the record is looked for again then.
  private mutating func closingQuote(
    _ bytes: Span<UInt8>, from start: Int, to limit: Int, lineEnds: inout Int
  ) -> Int? {
    var hasDoubled = false
    var position = start
    while position < limit {
      let byte = bytes[position]
      if byte == quote {
        guard position + 1 < limit, bytes[position + 1] == quote else {
          if hasDoubled { doubledQuotes.append((fields.count, start)) }
          return position
        }
        hasDoubled = true
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
private let carriageReturn = UInt8(ascii: "\r")
private let quote = UInt8(ascii: "\"")
