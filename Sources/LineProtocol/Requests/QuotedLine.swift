extension Request {
  /// Splits a line into arguments as Redis splits its inline commands, and returns whether the quotes are balanced.
  ///
  /// Arguments are separated by white space. Within double quotes a backslash starts one of `\n` `\r` `\t` `\b` `\a`
  /// `\xHH`, and before any other character stands for that character; within single quotes only `\'` is an escape. A
  /// closing quote must end the argument. O(line). Stops behind the first argument beyond `limit`, and ignores the rest
  /// of the line. With `goingOn` the line begins within an argument.
  mutating func appendArguments(
    ofLine line: UnsafeRawBufferPointer, goingOn: Bool = false, limit: Int
  ) -> Bool {
    var position = 0
    if goingOn, !appendArgument(of: line, from: &position) { return false }
    while count <= limit {
      while position < line.count, line[position].isSpace { position += 1 }
      guard position < line.count else { return true }
      guard appendArgument(of: line, from: &position) else { return false }
    }
    return true
  }

  /// Parses the received part of a line up to its first quote, and returns the number of bytes parsed; otherwise as
  /// above.
  mutating func appendPlainArguments(
    ofLine line: UnsafeRawBufferPointer, isInArgument: inout Bool, limit: Int
  ) -> Int {
    var position = 0
    while count <= limit {
      let end = line.plainEnd(from: position)
      if end > position {
        append(UnsafeRawBufferPointer(rebasing: line[position..<end]))
        isInArgument = true
        position = end
      }
      guard position < line.count, line[position].isSpace else { return position }
      if isInArgument { endArgument() }
      isInArgument = false
      while position < line.count, line[position].isSpace { position += 1 }
    }
    return position
  }

  /// Parses one argument that starts at `position`, and advances `position` past it.
  private mutating func appendArgument(
    of line: UnsafeRawBufferPointer, from position: inout Int
  ) -> Bool {
    while position < line.count, !line[position].isSpace {
      let plainEnd = line.plainEnd(from: position)
      append(UnsafeRawBufferPointer(rebasing: line[position..<plainEnd]))
      position = plainEnd
      guard position < line.count, line[position].isQuote else { continue }
      let quote = line[position]
      position += 1
      guard appendQuoted(by: quote, of: line, from: &position) else { return false }
      guard position == line.count || line[position].isSpace else { return false }
    }
    endArgument()
    return true
  }

  /// Parses what follows `quote`, up to the next one.
  private mutating func appendQuoted(
    by quote: UInt8, of line: UnsafeRawBufferPointer, from position: inout Int
  ) -> Bool {
    while position < line.count {
      let byte = line[position]
      position += 1
      if byte == quote { return true }
      let escaped = position < line.count && byte == .backslash ? line[position] : nil
      guard let escaped, quote == .doubleQuote || escaped == quote else {
        append(byte)
        continue
      }
      position += 1
      if quote == .doubleQuote, escaped == UInt8(ascii: "x"), position + 1 < line.count,
        let high = line[position].hexadecimalDigit, let low = line[position + 1].hexadecimalDigit
      {
        append(high << 4 | low)
        position += 2
      } else {
        append(quote == .doubleQuote ? escaped.unescaped : escaped)
      }
    }
    return false
  }
}

extension UnsafeRawBufferPointer {
  /// Returns the position of the first white space or quote from `start` on, or the end.
  fileprivate func plainEnd(from start: Int) -> Int {
    var position = start
    // Eight bytes at a time while all are greater than any of those: a byte less than 0x28 borrows into its highest
    // bit.
    while position + 8 <= count {
      let bytes = loadUnaligned(fromByteOffset: position, as: UInt64.self)
      guard (bytes &- 0x2828_2828_2828_2828) & ~bytes & 0x8080_8080_8080_8080 == 0 else { break }
      position += 8
    }
    while position < count, !self[position].isSpace, !self[position].isQuote { position += 1 }
    return position
  }
}

extension UInt8 {
  static let doubleQuote = UInt8(ascii: "\"")
  static let singleQuote = UInt8(ascii: "'")
  static let backslash = UInt8(ascii: "\\")
  static let lineFeed = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")

  /// Whether the byte is white space by C's `isspace`.
  var isSpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }

  /// Whether quoted text begins with the byte.
  fileprivate var isQuote: Bool { self == .doubleQuote || self == .singleQuote }

  /// The value of a hexadecimal digit in either case; `nil` for any other byte.
  fileprivate var hexadecimalDigit: UInt8? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  /// The byte that this one stands for after a backslash.
  fileprivate var unescaped: UInt8 {
    switch self {
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "a"): 0x07
    default: self
    }
  }
}
