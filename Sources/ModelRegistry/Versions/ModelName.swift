import Errors

/// The name that the versions of one model go by, `recommender` unless said otherwise: 1 to 64
/// small letters, digits, dots, dashes and underscores, the first a letter or digit. So it is a
/// folder's name too, and can't lead out of the registry.
package struct ModelName: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let text: String

  /// The name of the model where none is said.
  package static let usual = ModelName(known: "recommender")

  private init(known text: String) { self.text = text }

  /// The name `text`. Throws ``ModelFileErrorCode/badName`` when it has what a name may not have.
  package init(_ text: String) throws(ModelFileError) {
    guard Self.isName(text) else {
      throw ModelFileError(
        .badName, "not a model's name", place: "'\(text)'",
        remedy: "Use 1 to 64 of a-z, 0-9, '.', '-' and '_', a letter or digit first.")
    }
    self.text = text
  }

  package var description: String { text }

  package static func < (left: ModelName, right: ModelName) -> Bool { left.text < right.text }

  private static func isName(_ text: String) -> Bool {
    guard (1...64).contains(text.utf8.count), let first = text.utf8.first else { return false }
    return isLetterOrDigit(first)
      && text.utf8.allSatisfy { isLetterOrDigit($0) || ".-_".utf8.contains($0) }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
