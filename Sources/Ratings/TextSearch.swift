import Foundation

/// A case-insensitive substring search that is the same in every store. Databases differ in what counts as a
/// letter, and SQLite's `LIKE` folds only ASCII.
package struct TextSearch: Sendable {
  private let needle: [UInt8]

  /// Creates a search for `text`; an empty one matches everything.
  package init(_ text: String) { needle = Self.folded(text) }

  /// Returns whether `text` contains the search text. Takes linear time, except for texts that repeat the
  /// start of the search text.
  package func matches(_ text: String) -> Bool {
    guard !needle.isEmpty else { return true }
    return Self.folded(text).firstRange(of: needle) != nil
  }

  /// Folds case and normalises accented letters. Converts to upper case first, so that "ß" matches "SS" and
  /// the two forms of the small sigma match each other.
  private static func folded(_ text: String) -> [UInt8] {
    var text = text
    let folded: [UInt8]? = text.withUTF8 { bytes in
      guard bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
      return bytes.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
    }
    if let folded { return folded }
    return Array(
      text.precomposedStringWithCanonicalMapping.uppercased().lowercased()
        .precomposedStringWithCanonicalMapping.utf8)
  }
}
