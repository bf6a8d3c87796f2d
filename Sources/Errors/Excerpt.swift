/// Excerpts of untrusted text for use in messages: the beginning of a text of any length, taken in time independent of
/// that length.
package enum Excerpt {
  /// The default length limit, in bytes.
  package static let byteLimit = 64

  /// Returns as many whole UTF-8 characters (Unicode scalars) from the start of `bytes` as fit in `limit` bytes,
  /// followed by dots if anything was cut. Invalid UTF-8 and control characters become U+FFFD.
  package static func of(_ bytes: some Collection<UInt8>, limit: Int = byteLimit) -> String {
    // The limit may cut a character in two. The bytes after it are needed to decode that character.
    let start = String(decoding: bytes.prefix(limit + 3), as: UTF8.self)
    var excerpt = String.UnicodeScalarView()
    var length = 0
    for scalar in start.unicodeScalars.lazy.map(\.shown) {
      length += UTF8.width(scalar)
      guard length <= limit else { break }
      excerpt.append(scalar)
    }
    let isWhole = bytes.dropFirst(limit).isEmpty && length <= limit
    return String(excerpt) + (isWhole ? "" : "...")
  }

  /// Returns ``of(_:limit:)`` of the UTF-8 bytes of `text`.
  package static func of(_ text: String) -> String { of(text.utf8) }
}
