import Foundation

/// A search for a piece of text in any case, the same in every store: databases differ in what they
/// take for a letter, and SQLite's own `LIKE` knows ASCII alone.
package struct TextSearch: Sendable {
  private let needle: [UInt8]

  /// A search for `text`; an empty one is found in everything.
  package init(_ text: String) { needle = Self.folded(text) }

  /// Whether `text` holds what is searched for. Linear in the text's length but for texts that
  /// repeat the search's beginning.
  package func matches(_ text: String) -> Bool {
    guard !needle.isEmpty else { return true }
    return Self.folded(text).firstRange(of: needle) != nil
  }

  /// Without case, and with one spelling for a letter and its accent. Upper case first, so that "ß"
  /// is found by "SS" and both forms of the small sigma by one another.
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
