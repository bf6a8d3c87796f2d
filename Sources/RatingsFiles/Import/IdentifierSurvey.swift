package import Ratings

/// What the ids of users or items turn out to be, once all of them were looked at.
package struct IdentifierSurvey: Equatable, Sendable {
  /// An id that is not written as an integer.
  package struct Exception: Equatable, Sendable {
    /// The id in quotes, cut if it is long.
    package let text: String
    package let place: FilePlace
  }

  /// How many ids are written as integers.
  package private(set) var integerCount = 0
  /// How many are not.
  package private(set) var exceptionCount = 0
  /// The first that is not.
  package private(set) var firstException: Exception?

  /// nil while no id was seen; integer if each of them is written as one.
  package var type: IdentifierType? {
    exceptionCount > 0 ? .text : integerCount > 0 ? .integer : nil
  }

  /// Whether the ids are text for the sake of a few: more of them are integers than not.
  package var isTextForAFew: Bool { exceptionCount > 0 && integerCount > exceptionCount }

  /// Takes one id into account; `place` tells where it is.
  mutating func consider(
    _ bytes: Span<UInt8>, _ field: Range<Int>, at place: () -> FilePlace
  ) {
    if let integer = DecimalNumber.identifier(bytes, field), integer.form != .padded {
      integerCount += 1
      return
    }
    exceptionCount += 1
    if firstException == nil {
      firstException = Exception(text: FieldText.quoted(bytes, field), place: place())
    }
  }
}
