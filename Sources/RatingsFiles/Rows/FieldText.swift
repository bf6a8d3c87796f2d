/// Decoding of text from the bytes of a column.
enum FieldText {
  /// Decodes `field`; nil unless its bytes are UTF-8.
  static func decoded(_ bytes: Span<UInt8>, _ field: Range<Int>) -> String? {
    bytes.extracting(field).withUnsafeBufferPointer { String(validating: $0, as: UTF8.self) }
  }

  /// Decodes `field` as Latin-1, in which all bytes are valid.
  static func decodedAsLatin1(_ bytes: Span<UInt8>, _ field: Range<Int>) -> String {
    var text = String.UnicodeScalarView()
    for position in field { text.append(Unicode.Scalar(bytes[position])) }
    return String(text)
  }

  /// Returns the text of `field` in quotes for a message, whatever its bytes, formatted by
  /// ``shown(_:limit:)``.
  static func quoted(_ bytes: Span<UInt8>, _ field: Range<Int>) -> String {
    let part = field.prefix(4 * shownLimit)
    let text = bytes.extracting(part).withUnsafeBufferPointer {
      String(decoding: $0, as: UTF8.self)
    }
    return "\"\(shown(part.count < field.count ? text + " " : text))\""
  }

  /// Returns whether `field` equals `text`, byte by byte.
  static func isEqual(_ bytes: Span<UInt8>, _ field: Range<Int>, _ text: [UInt8]) -> Bool {
    guard field.count == text.count else { return false }
    for offset in text.indices where bytes[field.lowerBound + offset] != text[offset] {
      return false
    }
    return true
  }

  /// The maximum number of characters shown.
  static let shownLimit = 60

  /// Formats `text` for a message: truncated after `limit` characters, with an escape such as `\u{1B}` for
  /// each character that is invisible or that a terminal interprets.
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

  /// Returns whether `field` is a placeholder for a missing value: empty, `\N`, `NULL`, `NA` and the like,
  /// ignoring case.
  static func isMissing(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Bool {
    let field = DecimalNumber.trimmingSpaces(bytes, field)
    // The first byte, compared with digits and the placeholders' first letters, decides for most columns.
    guard let first = field.first, field.count <= 4 else { return field.isEmpty }
    guard bytes[first] == backslash || bytes[first] | 0x20 == UInt8(ascii: "n") else {
      return false
    }
    let word = decoded(bytes, field)?.lowercased()
    return ["\\n", "null", "na", "n/a", "nan", "none", "nat", "nil"].contains(word)
  }

  /// Does the same for a text.
  static func isMissing(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return isMissing(bytes.span, 0..<bytes.count)
  }

  /// Returns the fault of `field` as a text; nil if it is UTF-8 without NUL.
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
    code: .badText, problem: "a NUL character in the text",
    remedy: "Remove it: the databases can't hold it.")

  static let notUTF8 = LineFault(
    code: .badEncoding, problem: "bytes that are not UTF-8",
    remedy:
      "Specify the encoding of the file (\(TextEncoding.list(but: .utf8))), or convert it: "
      + "iconv -f latin1 -t utf-8.")
}
