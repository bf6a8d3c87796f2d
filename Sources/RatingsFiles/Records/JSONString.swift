/// JSON strings (RFC 8259, section 7).
enum JSONString {
  /// Unescapes the string at `range`, between its quotes. Its escapes must be complete, as ``JSONScanner``
  /// ensures. Throws for half a surrogate pair.
  static func unescaped(_ bytes: [UInt8], _ range: Range<Int>) throws(LineFault) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(range.count)
    var position = range.lowerBound
    while position < range.upperBound {
      let byte = bytes[position]
      guard byte == backslash else {
        text.append(byte)
        position += 1
        continue
      }
      let escaped = bytes[position + 1]
      position += 2
      switch escaped {
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0C)
      case UInt8(ascii: "n"): text.append(lineFeed)
      case UInt8(ascii: "r"): text.append(carriageReturn)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "u"):
        let scalar = try scalar(bytes, at: &position, in: range)
        text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      default: text.append(escaped)
      }
    }
    return text
  }

  /// Returns the character of the four digits at `position`, combined with the following escape if it is half
  /// a surrogate pair.
  private static func scalar(
    _ bytes: [UInt8], at position: inout Int, in string: Range<Int>
  ) throws(LineFault) -> Unicode.Scalar {
    let unit = codeUnit(bytes, at: position)
    position += 4
    if let scalar = Unicode.Scalar(unit) { return scalar }
    guard UTF16.isLeadSurrogate(unit), position + 6 <= string.upperBound,
      bytes[position] == backslash, bytes[position + 1] == UInt8(ascii: "u"),
      UTF16.isTrailSurrogate(codeUnit(bytes, at: position + 2))
    else {
      throw LineFault(
        code: .badText, problem: "half a surrogate pair after \\u",
        remedy: "Write the character itself, or both halves.")
    }
    let trail = codeUnit(bytes, at: position + 2)
    position += 6
    return UTF16.decode(UTF16.EncodedScalar([unit, trail]))
  }

  private static func codeUnit(_ bytes: [UInt8], at position: Int) -> UInt16 {
    (position..<position + 4).reduce(0) { unit, digit in
      let byte = bytes[digit]
      let value = byte <= UInt8(ascii: "9") ? byte - UInt8(ascii: "0") : (byte | 0x20) - 87
      return unit << 4 | UInt16(value)
    }
  }
}
