/// A list literal in a cell: Python's `['a', 'b']`, JSON's `["a", "b"]`, either with named objects, such as
/// TMDB's `[{"id": 18, "name": "Drama"}]`, or Postgres's `{a,"b c"}`.
enum ListLiteral {
  /// Returns whether `text` begins like a list.
  static func isLikely(_ text: String) -> Bool {
    let first = text.utf8.first { $0 != UInt8(ascii: " ") }
    return first == UInt8(ascii: "[") || first == UInt8(ascii: "{")
  }

  /// Returns the values in `text`; nil if it is not a list. Nested lists are flattened. An object becomes its
  /// name, or else its literal text. Takes linear time.
  static func values(_ text: String) -> [String]? {
    guard isLikely(text) else { return nil }
    var cursor = ListCursor(bytes: Array(text.utf8))
    guard let element = cursor.element(depth: 0), cursor.isAtEnd else { return nil }
    return element.values
  }
}

/// An element of a list.
private enum ListElement {
  case text(String)
  /// A word for a missing value.
  case nothing
  case list([ListElement])
  /// An object: its name, or its literal text.
  case object(String)

  var values: [String] {
    switch self {
    case .text(let text), .object(let text): [text]
    case .nothing: []
    case .list(let elements): elements.flatMap(\.values)
    }
  }
}

/// A cursor over the text of a list.
private struct ListCursor {
  let bytes: [UInt8]
  private var position = 0

  /// The maximum nesting depth, limited because parsing is recursive; a deeper text is not a list.
  private static let depthLimit = 32

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// Whether only white space follows.
  var isAtEnd: Bool {
    mutating get {
      skipSpace()
      return position == bytes.count
    }
  }

  /// Consumes and returns the next element; nil if it is not complete.
  mutating func element(depth: Int, isMember: Bool = false) -> ListElement? {
    skipSpace()
    guard depth < Self.depthLimit, let byte = next else { return nil }
    switch byte {
    case UInt8(ascii: "["):
      return list(depth)
    case UInt8(ascii: "{"):
      return objectOrSet(depth)
    case quote, UInt8(ascii: "'"):
      return string().map { .text($0) }
    case UInt8(ascii: "u"), UInt8(ascii: "b"):
      // The prefix of texts in Python 2, and of bytes in Python 3.
      let isPrefix = [quote, UInt8(ascii: "'")].contains(byte: at(position + 1))
      if isPrefix { position += 1 }
      return isPrefix ? string().map { .text($0) } : word(isMember)
    default:
      return word(isMember)
    }
  }

  private var next: UInt8? { at(position) }

  private func at(_ position: Int) -> UInt8? {
    position < bytes.count ? bytes[position] : nil
  }

  private mutating func skipSpace() {
    while let byte = next, [0x20, 0x09, lineFeed, carriageReturn].contains(byte) { position += 1 }
  }

  /// Skips white space and consumes `byte` if it follows.
  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    guard next == byte else { return false }
    position += 1
    return true
  }

  private mutating func list(_ depth: Int) -> ListElement? {
    position += 1
    return rest(until: UInt8(ascii: "]"), [], depth)
  }

  /// Returns the elements up to `closing`, after those already read; NumPy writes no commas between them.
  private mutating func rest(
    until closing: UInt8, _ first: [ListElement], _ depth: Int
  ) -> ListElement? {
    var elements = first
    while !take(closing) {
      _ = take(UInt8(ascii: ","))
      if take(closing) { break }
      guard let element = element(depth: depth + 1) else { return nil }
      elements.append(element)
    }
    return .list(elements)
  }

  /// Parses an object, or a Python set or Postgres array, which has no names.
  private mutating func objectOrSet(_ depth: Int) -> ListElement? {
    let start = position
    position += 1
    if take(UInt8(ascii: "}")) { return .list([]) }
    var names: [String: String] = [:]
    repeat {
      guard let key = element(depth: depth + 1, isMember: true) else { return nil }
      guard take(UInt8(ascii: ":")) else {
        return names.isEmpty ? rest(until: UInt8(ascii: "}"), [key], depth) : nil
      }
      guard let value = element(depth: depth + 1) else { return nil }
      if case .text(let name) = key, case .text(let text) = value { names[name] = text }
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { return nil }
    let name = ["name", "title", "label"].lazy.compactMap { names[$0] }.first
    return .object(name ?? String(decoding: bytes[start..<position], as: UTF8.self))
  }

  /// Parses a number or word, up to its delimiter.
  private mutating func word(_ isMember: Bool) -> ListElement? {
    let start = position
    while let byte = next,
      ![UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}")].contains(byte),
      !isMember || byte != UInt8(ascii: ":")
    {
      position += 1
    }
    var end = position
    while end > start, bytes[end - 1] == UInt8(ascii: " ") { end -= 1 }
    guard end > start else { return nil }
    return FieldText.isMissingText(bytes.span, start..<end)
      ? .nothing : .text(String(decoding: bytes[start..<end], as: UTF8.self))
  }

  /// Parses a quoted text and resolves its escapes.
  private mutating func string() -> String? {
    guard let opening = next else { return nil }
    position += 1
    var text: [UInt8] = []
    while let byte = next {
      position += 1
      if byte == opening { return String(decoding: text, as: UTF8.self) }
      guard byte == backslash else {
        text.append(byte)
        continue
      }
      guard let escaped = next else { return nil }
      position += 1
      switch escaped {
      case UInt8(ascii: "n"): text.append(lineFeed)
      case UInt8(ascii: "r"): text.append(carriageReturn)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "x"), UInt8(ascii: "u"), UInt8(ascii: "U"):
        guard let scalar = scalar(behind: escaped) else { return nil }
        text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      default: text.append(escaped)
      }
    }
    return nil
  }

  /// Returns the character of the digits after `\x`, `\u` or `\U`; nil for half a surrogate pair.
  private mutating func scalar(behind escaped: UInt8) -> Unicode.Scalar? {
    let digitCount =
      escaped == UInt8(ascii: "x") ? 2 : escaped == UInt8(ascii: "u") ? 4 : 8
    guard let value = hexadecimal(digitCount) else { return nil }
    if let scalar = Unicode.Scalar(value) { return scalar }
    guard let lead = UInt16(exactly: value), UTF16.isLeadSurrogate(lead), next == backslash,
      at(position + 1) == UInt8(ascii: "u")
    else { return nil }
    position += 2
    guard let trail = hexadecimal(4).flatMap({ UInt16(exactly: $0) }),
      UTF16.isTrailSurrogate(trail)
    else { return nil }
    return UTF16.decode(UTF16.EncodedScalar([lead, trail]))
  }

  private mutating func hexadecimal(_ digitCount: Int) -> UInt32? {
    guard position + digitCount <= bytes.count else { return nil }
    defer { position += digitCount }
    return bytes[position..<position + digitCount].reduce(UInt32?(0)) { value, byte in
      guard let value, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
      return value << 4 | UInt32(digit)
    }
  }
}

extension [UInt8] {
  fileprivate func contains(byte: UInt8?) -> Bool { byte.map(contains) ?? false }
}
