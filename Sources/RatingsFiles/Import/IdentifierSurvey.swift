package import Ratings

/// The result of scanning all ids of users or of items.
package struct IdentifierSurvey: Equatable, Sendable {
  /// An id that is not an integer.
  package struct Exception: Equatable, Sendable {
    /// The id in quotes, truncated if it is long.
    package let text: String
    package let place: FilePlace
  }

  /// The number of ids that are integers.
  package private(set) var integerCount = 0
  /// The number of ids that are not.
  package private(set) var exceptionCount = 0
  /// The first id that is not an integer.
  package private(set) var firstException: Exception?

  /// The inferred type: nil if there was no id, integer if every id is one, else text.
  package var type: IdentifierType? {
    exceptionCount > 0 ? .text : integerCount > 0 ? .integer : nil
  }

  /// Whether a minority of ids makes the type text: more ids are integers than not.
  package var isTextForAFew: Bool { exceptionCount > 0 && integerCount > exceptionCount }

  /// Counts one id; `place` locates it.
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
