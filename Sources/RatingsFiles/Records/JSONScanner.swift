/// Scans a JSON object (RFC 8259) within a buffer and locates its members.
///
/// `NaN` and `Infinity`, which Python writes, are accepted as numbers: who needs one rejects them.
struct JSONScanner {
  /// The kind of a value.
  enum Kind: Equatable {
    /// The bytes between the quotes; `isEscaped` if they contain backslashes.
    case string(isEscaped: Bool)
    /// A number, `true` or `false`, as written.
    case literal
    case null
    case array
    case object
  }

  /// A value, as a range of bytes.
  struct Value {
    var range: Range<Int>
    var kind: Kind
  }

  /// A key and its value; the key's kind is ``Kind/string(isEscaped:)``.
  struct Member {
    var key: Value
    var value: Value
  }

  /// The result of a scan.
  enum Result: Equatable {
    /// An object that ends before `end`.
    case object(end: Int)
    /// The object continues beyond the buffered bytes.
    case needsMore
    /// Invalid JSON at `position`.
    case fault(String, position: Int)
  }

  /// The members of the last object found.
  private(set) var members: [Member] = []

  /// Scans the object that begins at `start`, which must be a `{`. Takes linear time in its length.
  mutating func scan(_ buffer: [UInt8], from start: Int, to limit: Int) -> Result {
    members.removeAll(keepingCapacity: true)
    var cursor = JSONCursor(position: start, limit: limit)
    do throws(JSONCursor.Stop) {
      try cursor.object(buffer.span, depth: 0) { members.append($0) }
      return .object(end: cursor.position)
    } catch {
      switch error {
      case .needsMore: return .needsMore
      case .fault(let problem, let position): return .fault(problem, position: position)
      }
    }
  }
}

/// A cursor over the text of a JSON value.
private struct JSONCursor {
  var position: Int
  let limit: Int

  enum Stop: Error {
    case needsMore
    case fault(String, Int)
  }

  /// The maximum nesting depth, limited because parsing is recursive.
  private static let depthLimit = 64

  mutating func object(
    _ bytes: Span<UInt8>, depth: Int, _ take: (JSONScanner.Member) -> Void = { _ in }
  ) throws(Stop) {
    position += 1
    if try next(bytes) == UInt8(ascii: "}") {
      position += 1
      return
    }
    while true {
      guard try next(bytes) == quote else {
        throw fault(
          bytes[position] == UInt8(ascii: "'")
            ? "a key in single quotes, as Python writes it" : "expected a key in double quotes")
      }
      let key = try string(bytes)
      guard try next(bytes) == UInt8(ascii: ":") else { throw fault("expected : after a key") }
      position += 1
      _ = try next(bytes)
      take(JSONScanner.Member(key: key, value: try value(bytes, depth: depth + 1)))
      let byte = try next(bytes)
      guard byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") else {
        throw fault("expected , or } after a value")
      }
      position += 1
      if byte == UInt8(ascii: "}") { return }
    }
  }

  mutating func array(
    _ bytes: Span<UInt8>, depth: Int, _ take: (JSONScanner.Value) -> Void = { _ in }
  ) throws(Stop) {
    position += 1
    if try next(bytes) == UInt8(ascii: "]") {
      position += 1
      return
    }
    while true {
      _ = try next(bytes)
      take(try value(bytes, depth: depth + 1))
      let byte = try next(bytes)
      guard byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") else {
        throw fault("expected , or ] after a value")
      }
      position += 1
      if byte == UInt8(ascii: "]") { return }
    }
  }

  /// Skips white space and returns the next byte without consuming it.
  private mutating func next(_ bytes: Span<UInt8>) throws(Stop) -> UInt8 {
    while position < limit {
      let byte = bytes[position]
      guard byte == 0x20 || byte == 0x09 || byte == lineFeed || byte == carriageReturn else {
        return byte
      }
      position += 1
    }
    throw .needsMore
  }

  private mutating func value(_ bytes: Span<UInt8>, depth: Int) throws(Stop) -> JSONScanner.Value {
    guard depth < Self.depthLimit else {
      throw fault("more than \(Self.depthLimit) levels of nesting")
    }
    let start = position
    switch bytes[position] {
    case quote:
      return try string(bytes)
    case UInt8(ascii: "{"):
      try object(bytes, depth: depth)
      return JSONScanner.Value(range: start..<position, kind: .object)
    case UInt8(ascii: "["):
      try array(bytes, depth: depth)
      return JSONScanner.Value(range: start..<position, kind: .array)
    default:
      return try word(bytes)
    }
  }

  private mutating func string(_ bytes: Span<UInt8>) throws(Stop) -> JSONScanner.Value {
    let start = position + 1
    var isEscaped = false
    position = start
    while position < limit {
      let byte = bytes[position]
      if byte == quote {
        position += 1
        return JSONScanner.Value(range: start..<position - 1, kind: .string(isEscaped: isEscaped))
      }
      if byte < 0x20 { throw fault("a line break or control character in a string") }
      if byte == backslash {
        isEscaped = true
        try escape(bytes)
      } else {
        position += 1
      }
    }
    throw .needsMore
  }

  /// Skips a backslash and what it escapes.
  private mutating func escape(_ bytes: Span<UInt8>) throws(Stop) {
    guard position + 1 < limit else { throw .needsMore }
    switch bytes[position + 1] {
    case quote, backslash, UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      position += 2
    case UInt8(ascii: "u"):
      guard position + 6 <= limit else { throw .needsMore }
      for digit in position + 2..<position + 6 where !isHexadecimal(bytes[digit]) {
        throw fault("expected four hexadecimal digits after \\u")
      }
      position += 6
    default:
      throw fault("an invalid escape after a backslash")
    }
  }

  private func isHexadecimal(_ byte: UInt8) -> Bool {
    byte &- UInt8(ascii: "0") <= 9 || (byte | 0x20) &- UInt8(ascii: "a") <= 5
  }

  /// Scans a number, or one of the literal words.
  private mutating func word(_ bytes: Span<UInt8>) throws(Stop) -> JSONScanner.Value {
    let start = position
    scan: while position < limit {
      switch bytes[position] {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
        UInt8(ascii: "."):
        position += 1
      default:
        break scan
      }
    }
    guard position < limit else { throw .needsMore }
    let word = start..<position
    let kind: JSONScanner.Kind? =
      if equals(bytes, word, "null") {
        .null
      } else if isNumber(bytes, word)
        || ["true", "false", "NaN", "Infinity", "-Infinity"].contains(where: {
          equals(bytes, word, $0)
        })
      {
        .literal
      } else {
        nil
      }
    guard let kind else {
      position = start
      throw fault(
        bytes[start] == UInt8(ascii: "'")
          ? "a string in single quotes, as Python writes it" : "expected a value")
    }
    return JSONScanner.Value(range: word, kind: kind)
  }

  private func equals(_ bytes: Span<UInt8>, _ word: Range<Int>, _ text: StaticString) -> Bool {
    guard text.utf8CodeUnitCount == word.count else { return false }
    return text.withUTF8Buffer { text in
      for offset in 0..<word.count where bytes[word.lowerBound + offset] != text[offset] {
        return false
      }
      return true
    }
  }

  /// Returns whether the bytes are a number: an optional sign, digits without leading zeros, and optional
  /// decimals and exponent.
  private func isNumber(_ bytes: Span<UInt8>, _ word: Range<Int>) -> Bool {
    var position = word.lowerBound
    func isDigit(_ position: Int) -> Bool {
      position < word.upperBound && bytes[position] &- UInt8(ascii: "0") <= 9
    }
    func isAt(_ position: Int, _ byte: UInt8, orElse other: UInt8) -> Bool {
      position < word.upperBound && (bytes[position] == byte || bytes[position] == other)
    }
    func skipDigits() -> Bool {
      let start = position
      while isDigit(position) { position += 1 }
      return position > start
    }
    if isAt(position, UInt8(ascii: "-"), orElse: UInt8(ascii: "-")) { position += 1 }
    let first = position
    guard skipDigits(), position == first + 1 || bytes[first] != UInt8(ascii: "0") else {
      return false
    }
    if isAt(position, UInt8(ascii: "."), orElse: UInt8(ascii: ".")) {
      position += 1
      guard skipDigits() else { return false }
    }
    if isAt(position, UInt8(ascii: "e"), orElse: UInt8(ascii: "E")) {
      position += 1
      if isAt(position, UInt8(ascii: "+"), orElse: UInt8(ascii: "-")) { position += 1 }
      guard skipDigits() else { return false }
    }
    return position == word.upperBound
  }

  private func fault(_ problem: String) -> Stop { .fault(problem, position) }
}
