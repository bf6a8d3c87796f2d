import Errors

/// A text encoding of a file.
package enum TextEncoding: String, Sendable, CaseIterable {
  case utf8 = "utf-8"
  case latin1 = "latin-1"
  case windows1252 = "windows-1252"
  case utf16 = "utf-16"

  /// Detects the encoding from the byte order mark (U+FEFF) at the start of `bytes`; nil if there is none.
  init?(markOf bytes: ArraySlice<UInt8>) {
    if bytes.starts(with: byteOrderMark) {
      self = .utf8
    } else if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      self = .utf16
    } else {
      return nil
    }
  }
}

/// A stream that transcodes another encoding to UTF-8.
final class TranscodedStream: ByteStream {
  private let source: PeekableStream
  private let name: String
  private let encoding: TextEncoding
  private var raw = [UInt8](repeating: 0, count: 1 << 15)
  /// The number of valid bytes in ``raw``; for UTF-16, the bytes of an incomplete character are kept.
  private var rawCount = 0
  private var text: [UInt8] = []
  private var textPosition = 0
  private var isBigEndian: Bool?

  init(_ source: PeekableStream, _ encoding: TextEncoding, name: String) {
    self.source = source
    self.encoding = encoding
    self.name = name
  }

  func read(into buffer: inout [UInt8], at position: Int, upTo count: Int)
    throws(RatingsFileError) -> Int
  {
    precondition(position >= 0 && count >= 0 && position + count <= buffer.count)
    guard count > 0 else { return 0 }
    while textPosition == text.count {
      guard try fill() else { return 0 }
    }
    let given = min(count, text.count - textPosition)
    buffer.replaceSubrange(
      position..<position + given, with: text[textPosition..<textPosition + given])
    textPosition += given
    return given
  }

  func rewind() throws(RatingsFileError) {
    try source.rewind()
    text = []
    (rawCount, textPosition, isBigEndian) = (0, 0, nil)
  }

  /// Transcodes the next chunk; returns false at the end.
  private func fill() throws(RatingsFileError) -> Bool {
    text.removeAll(keepingCapacity: true)
    textPosition = 0
    let given = try source.read(into: &raw, at: rawCount, upTo: raw.count - rawCount)
    guard given > 0 else {
      guard rawCount == 0 else { throw notUTF16("it ends within a character") }
      return false
    }
    rawCount += given
    switch encoding {
    case .utf8:
      text.append(contentsOf: raw[..<rawCount])
      rawCount = 0
    case .latin1, .windows1252:
      for byte in raw[..<rawCount] {
        append(encoding == .windows1252 ? Self.windows1252(byte) : Unicode.Scalar(byte))
      }
      rawCount = 0
    case .utf16:
      try transcodeUTF16()
    }
    return true
  }

  private func transcodeUTF16() throws(RatingsFileError) {
    var position = 0
    if isBigEndian == nil {
      guard rawCount >= 2 else { return }
      // The byte order mark decides; without one, most texts begin with an ASCII character.
      let hasMark = raw[..<2].elementsEqual([0xFE, 0xFF]) || raw[..<2].elementsEqual([0xFF, 0xFE])
      isBigEndian = hasMark ? raw[0] == 0xFE : raw[0] == 0
      position = hasMark ? 2 : 0
    }
    while position + 2 <= rawCount {
      let unit = codeUnit(at: position)
      if UTF16.isLeadSurrogate(unit) {
        guard position + 4 <= rawCount else { break }
        let trail = codeUnit(at: position + 2)
        guard UTF16.isTrailSurrogate(trail) else { throw notUTF16("half a surrogate pair") }
        append(UTF16.decode(UTF16.EncodedScalar([unit, trail])))
        position += 4
      } else {
        guard let scalar = Unicode.Scalar(unit) else { throw notUTF16("half a surrogate pair") }
        append(scalar)
        position += 2
      }
    }
    raw.replaceSubrange(0..<rawCount - position, with: raw[position..<rawCount])
    rawCount -= position
  }

  private func codeUnit(at position: Int) -> UInt16 {
    let (first, second) = (UInt16(raw[position]), UInt16(raw[position + 1]))
    return isBigEndian == true ? first << 8 | second : second << 8 | first
  }

  private func append(_ scalar: Unicode.Scalar) {
    if let encoded = UTF8.encode(scalar) { text.append(contentsOf: encoded) }
  }

  private func notUTF16(_ problem: String) -> RatingsFileError {
    RatingsFileError(
      .badEncoding, "not UTF-16: \(problem)", place: FilePlace(file: name),
      remedy: "Check the encoding, and that the file is complete.")
  }

  /// Returns the character of `byte` in Windows code page 1252, where Latin-1 has control characters (WHATWG,
  /// Encoding Standard: its five gaps remain control characters).
  private static func windows1252(_ byte: UInt8) -> Unicode.Scalar {
    guard 0x80...0x9F ~= byte else { return Unicode.Scalar(byte) }
    return upperControls[Int(byte) - 0x80]
  }

  private static let upperControls = Array(
    ("\u{20AC}\u{81}\u{201A}\u{192}\u{201E}\u{2026}\u{2020}\u{2021}"
      + "\u{2C6}\u{2030}\u{160}\u{2039}\u{152}\u{8D}\u{17D}\u{8F}"
      + "\u{90}\u{2018}\u{2019}\u{201C}\u{201D}\u{2022}\u{2013}\u{2014}"
      + "\u{2DC}\u{2122}\u{161}\u{203A}\u{153}\u{9D}\u{17E}\u{178}").unicodeScalars)
}

/// The byte order mark U+FEFF in UTF-8, which some programs write at the start of a text.
let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
