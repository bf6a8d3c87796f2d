package import Ratings

/// How ids of users or items are parsed.
package struct IdentifierForm: Equatable, Sendable {
  package var type: IdentifierType
  /// Whether the type was specified. If so, ids are taken literally: `NULL` is a text, `007` the integer 7.
  /// Otherwise `NULL` is a missing id, and `007` may be another id than 7.
  package var isTold: Bool

  package init(_ type: IdentifierType, isTold: Bool = false) {
    self.type = type
    self.isTold = isTold
  }

  /// Returns the integer id in `field`, and its notation. Throws if it is not an integer, or is ambiguous.
  func integer(
    _ bytes: Span<UInt8>, _ field: Range<Int>
  ) throws(LineFault) -> (value: Int64, form: IntegerForm) {
    guard let integer = DecimalNumber.identifier(bytes, field) else {
      throw LineFault(
        code: .notAnInteger,
        problem: "\(FieldText.quoted(bytes, field)) is not a 64-bit integer, as the other ids are",
        remedy: "Correct the id, or import into a new store with ids of type text.")
    }
    guard integer.form != .padded || isTold else {
      throw LineFault(
        code: .notAnInteger,
        problem:
          "\(FieldText.quoted(bytes, field)) is not written as a plain integer, as the store's ids "
          + "are: it would be the same id as \(integer.value)",
        remedy:
          "If it is \(integer.value), specify that the ids are of type integer; if not, import into a new "
          + "store with ids of type text.")
    }
    return integer
  }
}

/// The notation of an integer.
enum IntegerForm {
  /// Plain: `7`, `-7`.
  case plain
  /// With decimals that are all zeros: `7.0`, as written by programs that store missing integers as NaN.
  case withZeroDecimals
  /// With a plus sign or leading zeros: `007`, in most tables a different id from `7`.
  case padded
}

extension DecimalNumber {
  /// Returns the integer id in `field`, and its notation; nil if it is not a 64-bit integer.
  static func identifier(
    _ bytes: Span<UInt8>, _ field: Range<Int>
  ) -> (value: Int64, form: IntegerForm)? {
    if let value = integer(bytes, field) {
      return (value, isPadded(bytes, field, value) ? .padded : .plain)
    }
    guard let whole = withoutZeroDecimals(bytes, field), let value = integer(bytes, whole) else {
      return nil
    }
    return (value, isPadded(bytes, whole, value) ? .padded : .withZeroDecimals)
  }

  /// Returns whether the integer in `field`, whose value is `value`, has a plus sign or leading zeros, or is
  /// `-0`.
  private static func isPadded(_ bytes: Span<UInt8>, _ field: Range<Int>, _ value: Int64) -> Bool {
    let first = bytes[field.lowerBound]
    if value == 0 { return field.count > 1 }
    if first == UInt8(ascii: "+") { return true }
    return bytes[first == UInt8(ascii: "-") ? field.lowerBound + 1 : field.lowerBound]
      == UInt8(ascii: "0")
  }
}
