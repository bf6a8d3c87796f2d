/// Reading of text from the bytes of a column.
enum FieldText {
  /// The text of `field`; nil unless its bytes are UTF-8.
  static func decoded(_ bytes: Span<UInt8>, _ field: Range<Int>) -> String? {
    bytes.extracting(field).withUnsafeBufferPointer { String(validating: $0, as: UTF8.self) }
  }

  /// The text of `field` in Latin-1, which every run of bytes is.
  static func decodedAsLatin1(_ bytes: Span<UInt8>, _ field: Range<Int>) -> String {
    var text = String.UnicodeScalarView()
    for position in field { text.append(Unicode.Scalar(bytes[position])) }
    return String(text)
  }

  /// The text of `field` for a message: in quotes, whatever its bytes are, as ``shown(_:limit:)`` has it.
  static func quoted(_ bytes: Span<UInt8>, _ field: Range<Int>) -> String {
    let part = field.prefix(4 * shownLimit)
    let text = bytes.extracting(part).withUnsafeBufferPointer {
      String(decoding: $0, as: UTF8.self)
    }
    return "\"\(shown(part.count < field.count ? text + " " : text))\""
  }

  /// Whether `field` holds `text`, byte by byte.
  static func isEqual(_ bytes: Span<UInt8>, _ field: Range<Int>, _ text: [UInt8]) -> Bool {
    guard field.count == text.count else { return false }
    for offset in text.indices where bytes[field.lowerBound + offset] != text[offset] {
      return false
    }
    return true
  }

  /// How many characters of a text are shown.
  static let shownLimit = 60

  /// `text` for a message: cut after `limit` characters, with an escape such as `\u{1B}` for each
  /// character that can't be seen or that a terminal acts on.
  static func shown(_ text: String, limit: Int = shownLimit) -> String {
    var shown = ""
    for scalar in text.prefix(limit).unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned,
        .privateUse:
        shown += scalar.escaped(asASCII: true)
      default:
        shown.unicodeScalars.append(scalar)
      }
      if shown.count >= limit { break }
    }
    let isCut = text.count > limit || shown.count > limit
    return isCut ? shown.prefix(limit) + "..." : shown
  }

  /// Whether `field` is one of the words that stand for a value that is not known: nothing, `\N`, `NULL`,
  /// `NA` and the like, in any case of letters.
  static func isMissing(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Bool {
    let field = DecimalNumber.trimmingSpaces(bytes, field)
    // Digits and the words' first letters part most columns at their first byte.
    guard let first = field.first, field.count <= 4 else { return field.isEmpty }
    guard bytes[first] == backslash || bytes[first] | 0x20 == UInt8(ascii: "n") else {
      return false
    }
    let word = decoded(bytes, field)?.lowercased()
    return ["\\n", "null", "na", "n/a", "nan", "none", "nat", "nil"].contains(word)
  }

  /// The same of a text.
  static func isMissing(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return isMissing(bytes.span, 0..<bytes.count)
  }

  /// What is wrong with `field` as a text; nil when it is UTF-8 without NUL.
  static func textFault(_ bytes: Span<UInt8>, _ field: Range<Int>) -> LineFault? {
    var isASCII = true
    for position in field {
      let byte = bytes[position]
      if byte == 0 { return .nul }
      if byte >= 0x80 { isASCII = false }
    }
    return isASCII || decoded(bytes, field) != nil ? nil : .notUTF8
  }
}

extension LineFault {
  static let nul = LineFault(
    code: .badText, problem: "a NUL byte in a text",
    remedy: "Remove it: the databases can't hold it.")

  static let notUTF8 = LineFault(
    code: .badEncoding, problem: "bytes that are no UTF-8",
    remedy:
      "Say how the file is written (encoding \(TextEncoding.list(but: .utf8))), or convert it: "
      + "iconv -f latin1 -t utf-8.")
}
