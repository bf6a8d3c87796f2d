import Errors

/// The name of a model, shared by all its versions; `recommender` by default.
///
/// A name has 1 to 64 lowercase letters, digits, dots, dashes and underscores, and starts with a letter or digit. It
/// is therefore safe to use as a folder name and cannot lead out of the registry.
package struct ModelName: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let text: String

  /// The default name.
  package static let usual = ModelName(known: "recommender")
  /// The default name of a model of images.
  package static let usualOfImages = ModelName(known: "images")

  private init(known text: String) { self.text = text }

  /// Creates the name `text`. Throws ``ModelFileErrorCode/badName`` if it is not a valid name.
  package init(_ text: String) throws(ModelFileError) {
    guard text.wholeMatch(of: #/[a-z0-9][a-z0-9._-]{0,63}/#) != nil else {
      throw ModelFileError(
        .badName, "not a model's name", place: "'\(text)'",
        remedy: "Use 1 to 64 of a-z, 0-9, '.', '-' and '_', a letter or digit first.")
    }
    self.text = text
  }

  package var description: String { text }

  package static func < (left: ModelName, right: ModelName) -> Bool { left.text < right.text }
}
