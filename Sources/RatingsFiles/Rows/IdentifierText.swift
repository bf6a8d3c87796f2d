import Ratings

/// Parsing of text ids.
extension FieldText {
  /// Returns the range of the id in `field`, without invisible characters at its ends. Throws its fault as a
  /// text: a valid id is UTF-8 without NUL, of 1 to ``identifierByteLimit`` bytes, and unless `takesWords`
  /// not a placeholder for a missing value.
  static func identifier(
    _ bytes: Span<UInt8>, _ field: Range<Int>, takesWords: Bool
  ) throws(LineFault) -> Range<Int> {
    let id = trimmingInvisible(bytes, field)
    guard !id.isEmpty else { throw .emptyIdentifier }
    guard id.count <= identifierByteLimit else { throw .longIdentifier(id.count) }
    if !takesWords, isMissingText(bytes, id) { throw .missingIdentifier(bytes, id) }
    if let fault = textFault(bytes, id) { throw fault }
    return id
  }

  /// Returns whether `field` is a placeholder that programs write for a missing text: Postgres's `\N`, SQL's
  /// `NULL`, R's `NA`, Python's `None` and `nan` and the like. Case-sensitive, as there are people and films
  /// called Nan and Nil.
  static func isMissingText(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Bool {
    // The first letter distinguishes the placeholders from most texts.
    guard let first = field.first, field.count <= 4 else { return field.isEmpty }
    switch bytes[first] {
    case backslash, UInt8(ascii: "N"), UInt8(ascii: "n"), UInt8(ascii: "<"):
      return decoded(bytes, field).map { missingTexts.contains($0) } ?? false
    default: return false
    }
  }

  /// Does the same for a text.
  static func isMissingText(_ text: String) -> Bool { text.isEmpty || missingTexts.contains(text) }

  private static let missingTexts: Set<String> = [
    "\\N", "NULL", "null", "NA", "N/A", "n/a", "NaN", "nan", "NaT", "None", "<NA>",
  ]

  /// Returns `field` without invisible characters at its ends: byte order marks, zero-width and non-breaking
  /// spaces, direction marks. They come with copied text and are never intended.
  static func trimmingInvisible(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Range<Int> {
    var (lower, upper) = (field.lowerBound, field.upperBound)
    guard upper > lower, bytes[lower] >= 0x80 || bytes[upper - 1] >= 0x80 else { return field }
    while lower < upper {
      let length = invisibleLength(bytes, lower, upper)
      if length == 0 { break }
      lower += length
    }
    trimming: while lower < upper {
      for length in 2...3
      where upper - length >= lower && invisibleLength(bytes, upper - length, upper) == length {
        upper -= length
        continue trimming
      }
      break
    }
    return lower..<upper
  }

  /// Does the same for a text.
  static func trimmingInvisible(_ text: String) -> String {
    let bytes = Array(text.utf8)
    let part = trimmingInvisible(bytes.span, 0..<bytes.count)
    return part.count == bytes.count ? text : String(decoding: bytes[part], as: UTF8.self)
  }

  /// Returns the size in bytes of the invisible character at `position`; 0 if there is none. Joiners do not
  /// count, because their effect is visible.
  static func invisibleLength(_ bytes: Span<UInt8>, _ position: Int, _ end: Int) -> Int {
    let first = bytes[position]
    guard first >= 0xC2, position + 1 < end else { return 0 }
    let second = bytes[position + 1]
    // U+00A0 and U+00AD, U+061C
    if (first == 0xC2 && (second == 0xA0 || second == 0xAD)) || (first == 0xD8 && second == 0x9C) {
      return 2
    }
    guard first >= 0xE1, position + 2 < end else { return 0 }
    let isInvisible =
      switch (first, second, bytes[position + 2]) {
      // U+1680, U+180E
      case (0xE1, 0x9A, 0x80), (0xE1, 0xA0, 0x8E): true
      // U+2000 to 200B, 200E to 200F, 2028 to 202F
      case (0xE2, 0x80, 0x80...0x8B), (0xE2, 0x80, 0x8E...0x8F), (0xE2, 0x80, 0xA8...0xAF): true
      // U+205F to 2064, 2066 to 2069
      case (0xE2, 0x81, 0x9F...0xA4), (0xE2, 0x81, 0xA6...0xA9): true
      // U+3000, U+FEFF
      case (0xE3, 0x80, 0x80), (0xEF, 0xBB, 0xBF): true
      default: false
      }
    return isInvisible ? 3 : 0
  }
}

extension LineFault {
  fileprivate static let emptyIdentifier = LineFault(
    code: .badIdentifier, problem: "an empty id", remedy: "Give every user and item an id.")

  fileprivate static func longIdentifier(_ byteCount: Int) -> LineFault {
    LineFault(
      code: .badIdentifier,
      problem: "an id of \(byteCount) bytes, over the limit of \(identifierByteLimit)",
      remedy: "Use shorter ids.")
  }

  fileprivate static func missingIdentifier(_ bytes: Span<UInt8>, _ field: Range<Int>) -> LineFault
  {
    LineFault(
      code: .missingIdentifier,
      problem:
        "\(FieldText.quoted(bytes, field)) instead of an id, which usually means a missing value",
      remedy:
        "Remove the line. If it is a real id, specify that the ids are of type text."
    )
  }
}
