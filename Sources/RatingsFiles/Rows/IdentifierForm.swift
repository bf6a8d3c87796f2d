package import Ratings

/// How ids of users or items are read.
package struct IdentifierForm: Equatable, Sendable {
  package var type: IdentifierType
  /// Whether somebody said that they are of this type. Then they are taken as they stand: `NULL` for a text,
  /// `007` for the integer 7. Else those stand for nothing, and for another than 7.
  package var isTold: Bool

  package init(_ type: IdentifierType, isTold: Bool = false) {
    self.type = type
    self.isTold = isTold
  }

  /// The integer that the id in `field` is, and how it is written. Throws where it is none, or may be
  /// another than it looks.
  func integer(
    _ bytes: Span<UInt8>, _ field: Range<Int>
  ) throws(LineFault) -> (value: Int64, form: IntegerForm) {
    guard let integer = DecimalNumber.identifier(bytes, field) else {
      throw LineFault(
        code: .notAnInteger,
        problem: "\(FieldText.quoted(bytes, field)) is no 64-bit integer, as the other ids are",
        remedy: "Mend the id, or import into a new store with ids of type text.")
    }
    guard integer.form != .padded || isTold else {
      throw LineFault(
        code: .notAnInteger,
        problem:
          "\(FieldText.quoted(bytes, field)) is not written as the integers are that the store's ids "
          + "are: it would be one with \(integer.value)",
        remedy:
          "If it is \(integer.value), say that the ids are of type integer; if not, import into a new "
          + "store with ids of type text.")
    }
    return integer
  }
}

/// How an integer is written.
enum IntegerForm {
  /// As it is without need: `7`, `-7`.
  case plain
  /// With decimals that are all zeros: `7.0`, as a column of integers becomes in programs that keep missing
  /// ones as NaN.
  case withZeroDecimals
  /// With a plus or zeros in front: `007`, which in most tables is another id than `7`.
  case padded
}

extension DecimalNumber {
  /// The integer that an id in `field` is, and how it is written; nil for none of 64 bits.
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

  /// Whether the integer in `field`, which is `value`, has a plus or zeros in front, or is `-0`.
  private static func isPadded(_ bytes: Span<UInt8>, _ field: Range<Int>, _ value: Int64) -> Bool {
    let first = bytes[field.lowerBound]
    if value == 0 { return field.count > 1 }
    if first == UInt8(ascii: "+") { return true }
    return bytes[first == UInt8(ascii: "-") ? field.lowerBound + 1 : field.lowerBound]
      == UInt8(ascii: "0")
  }
}
