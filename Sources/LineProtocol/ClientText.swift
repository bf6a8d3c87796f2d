/// What is made of text that a client sent, however long it is, in a time that its length does not
/// change.
package enum ClientText {
  /// The most bytes of it that an error gives back.
  package static let echoLimit = 64

  /// What an error gives back of `bytes`: as many whole characters of UTF-8 (Unicode scalars) from its
  /// start as fit ``echoLimit``, and dots for what is left out. Bytes that are no UTF-8 become U+FFFD.
  package static func echo(_ bytes: some Collection<UInt8>) -> String {
    // A character may be cut by the limit: the bytes behind it tell that it is one.
    let start = String(decoding: bytes.prefix(echoLimit + 3), as: UTF8.self)
    var echo = String.UnicodeScalarView()
    var length = 0
    for scalar in start.unicodeScalars {
      length += UTF8.width(scalar)
      guard length <= echoLimit else { break }
      echo.append(scalar)
    }
    let isWhole = bytes.dropFirst(echoLimit).isEmpty && length <= echoLimit
    return String(echo) + (isWhole ? "" : "...")
  }

  /// What an error gives back of `text`.
  package static func echo(_ text: String) -> String { echo(text.utf8) }

  /// `bytes` as a word of the protocol, in upper case: a command, a subcommand, an option. nil when it
  /// can't be one, as it is longer than any or not of ASCII.
  package static func word(_ bytes: ArraySlice<UInt8>) -> String? {
    guard bytes.count <= wordLimit, bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
    return String(
      decoding: bytes.map { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 }, as: UTF8.self)
  }

  /// Longer than any word of the protocol.
  private static let wordLimit = 64
}
