import Errors

/// The name that the versions of one model go by, `recommender` unless said otherwise: 1 to 64
/// small letters, digits, dots, dashes and underscores, the first a letter or digit. So it is a
/// folder's name too, and can't lead out of the registry.
package struct ModelName: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let text: String

  /// The name of the model where none is said.
  package static let usual = ModelName(known: "recommender")
  /// The name of a model of images that is given none.
  package static let usualOfImages = ModelName(known: "images")

  private init(known text: String) { self.text = text }

  /// The name `text`. Throws ``ModelFileErrorCode/badName`` when it has what a name may not have.
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
