import Ratings

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

  /// The text of `field` for a message: in quotes, cut after 40 characters, whatever its bytes are.
  static func quoted(_ bytes: Span<UInt8>, _ field: Range<Int>) -> String {
    let shown = field.prefix(200)
    let text = bytes.extracting(shown).withUnsafeBufferPointer {
      String(decoding: $0, as: UTF8.self)
    }
    let controlled = text.prefix(40).unicodeScalars.map { scalar in
      scalar.properties.generalCategory == .control ? "\u{FFFD}" : String(scalar)
    }
    return "\"\(controlled.joined())\(text.count > 40 || field.count > 200 ? "..." : "")\""
  }

  /// What is wrong with `field` as a text id; nil when it is a good one: UTF-8 without NUL, of 1 to
  /// ``identifierByteLimit`` bytes.
  static func identifierFault(_ bytes: Span<UInt8>, _ field: Range<Int>) -> LineFault? {
    guard !field.isEmpty else { return .emptyIdentifier }
    guard field.count <= identifierByteLimit else { return .longIdentifier(field.count) }
    return textFault(bytes, field)
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
  static let emptyIdentifier = LineFault(
    code: .badIdentifier, problem: "an empty id", remedy: "Give every user and item an id.")

  static func longIdentifier(_ byteCount: Int) -> LineFault {
    LineFault(
      code: .badIdentifier,
      problem: "an id of \(byteCount) bytes, over the limit of \(identifierByteLimit)",
      remedy: "Use shorter ids.")
  }

  static let nul = LineFault(
    code: .badText, problem: "a NUL byte in a text",
    remedy: "Remove it: the databases can't hold it.")

  static let notUTF8 = LineFault(
    code: .badText, problem: "bytes that are no UTF-8",
    remedy: "Convert the file, such as with iconv -f latin1 -t utf-8.")
}
