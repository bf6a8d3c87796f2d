/// What a message gives back of text that came from outside, however long that is: its start, in a
/// time that its length does not change.
package enum Excerpt {
  /// The most bytes of it, unless told otherwise.
  package static let byteLimit = 64

  /// As many whole characters of UTF-8 (Unicode scalars) from the start of `bytes` as fit `limit` bytes, and dots for
  /// what is left out. Bytes that are not UTF-8, and control characters, become U+FFFD.
  package static func of(_ bytes: some Collection<UInt8>, limit: Int = byteLimit) -> String {
    // A character may be cut by the limit: the bytes behind it tell that it is one.
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

  /// ``of(_:limit:)`` of the bytes of `text`.
  package static func of(_ text: String) -> String { of(text.utf8) }
}
