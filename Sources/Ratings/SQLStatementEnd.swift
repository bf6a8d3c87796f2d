/// The end of a single SQL statement: a semicolon followed only by white space, comments and more semicolons.
struct SQLStatementEnd {
  /// The semicolon's position; nil if there is none, or if anything else follows the first.
  private(set) var position: String.UTF8View.Index?
  /// Whether the text contains only white space, comments and semicolons.
  private(set) var isBlank = true

  private let text: Substring.UTF8View
  private var cursor: String.UTF8View.Index

  /// Scans `text`, skipping quoted texts and names, dollar quotes and comments. Takes linear time, except for
  /// dollar quotes that are never closed.
  init(_ text: Substring.UTF8View) {
    self.text = text
    cursor = text.startIndex
    var isOver = false
    while let byte = current {
      if byte == UInt8(ascii: ";") {
        if !isOver { position = cursor }
        isOver = true
        advance()
      } else if [0x09, 0x0A, 0x0D, 0x20].contains(byte) {
        advance()
      } else if !skipsComment() {
        guard !isOver else {
          position = nil
          return
        }
        isBlank = false
        skipToken(byte)
      }
    }
  }

  private var current: UInt8? { cursor < text.endIndex ? text[cursor] : nil }

  private mutating func advance(_ count: Int = 1) {
    cursor = text.index(cursor, offsetBy: count, limitedBy: text.endIndex) ?? text.endIndex
  }

  private func isAt(_ word: StaticString) -> Bool {
    let rest = text[cursor...].prefix(word.utf8CodeUnitCount)
    return word.withUTF8Buffer { rest.elementsEqual($0) }
  }

  /// Skips a comment, if there is one, and returns whether there was.
  private mutating func skipsComment() -> Bool {
    if isAt("--") {
      cursor = text[cursor...].firstIndex(of: UInt8(ascii: "\n")) ?? text.endIndex
      return true
    }
    guard isAt("/*") else { return false }
    var depth = 0
    repeat {
      if isAt("/*") {
        depth += 1
        advance(2)
      } else if isAt("*/") {
        depth -= 1
        advance(2)
      } else {
        advance()
      }
    } while depth > 0 && cursor < text.endIndex
    return true
  }

  /// Whether the preceding character is the `E` of a Postgres string with backslash escapes.
  private var isBehindE: Bool {
    let before = text[..<cursor]
    guard let last = before.last, last | 0x20 == UInt8(ascii: "e") else { return false }
    return before.dropLast().last.map { !Self.isOfName($0) } ?? true
  }

  private static func isOfName(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || byte >= 0x80 || (byte | 0x20) &- UInt8(ascii: "a") < 26
      || byte &- UInt8(ascii: "0") < 10
  }

  /// Skips a quoted text or name, or else a character.
  private mutating func skipToken(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"):
      let hasEscapes = byte == UInt8(ascii: "'") && isBehindE
      advance()
      while let next = current, next != byte {
        advance(hasEscapes && next == UInt8(ascii: "\\") ? 2 : 1)
      }
      // A doubled quote ends this text and starts another, with the same result.
      advance()
    case UInt8(ascii: "$"):
      let tag = text[text.index(after: cursor)...].prefix(while: Self.isOfName)
      guard tag.endIndex < text.endIndex, text[tag.endIndex] == UInt8(ascii: "$") else {
        return advance()
      }
      let quote = Array(text[cursor...tag.endIndex])
      advance(quote.count)
      while cursor < text.endIndex, !text[cursor...].starts(with: quote) { advance() }
      advance(quote.count)
    default:
      advance()
    }
  }
}
