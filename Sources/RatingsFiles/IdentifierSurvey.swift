import Ratings

/// What the ids of users or items turn out to be, once all of them were looked at.
struct IdentifierSurvey {
  /// nil while no id was seen.
  private(set) var type: IdentifierType?

  /// Takes one id into account: they are integers for as long as each of them is written as one.
  mutating func consider(_ bytes: Span<UInt8>, _ field: Range<Int>) {
    guard type != .text else { return }
    type = DecimalNumber.isCanonicalInteger(bytes, field) ? .integer : .text
  }
}
