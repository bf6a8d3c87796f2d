import Errors

/// Checks the notation of a file's values: whether apparent decimals may be thousands, and whether the
/// rejected lines are all those with decimals.
struct ValueCheck {
  /// The number of whole values, of those with decimals, and of ambiguous ones such as `1.234`.
  private var wholeCount = 0
  private var decimalCount = 0
  private var groupedCount = 0
  /// The first ambiguous value, in quotes, and its place.
  private var firstGrouped: (text: String, place: FilePlace)?
  /// The number of values rejected for the opposite decimal sign, and the error of the first.
  private var refusedCount = 0
  private var firstRefused: RatingsFileError?

  /// Checks the value in `field`, a number in the file's value column; `place` locates it.
  mutating func consider(
    _ value: Float, _ bytes: Span<UInt8>, _ field: Range<Int>, _ layout: RatingsLayout,
    at place: () -> FilePlace
  ) {
    let isWhole = value == value.rounded()
    // With a decimal sign three digits before the end, 1.000 is whole and may still be a thousand.
    if field.count >= 5, DecimalNumber.isGrouped(bytes, field, by: layout.decimal),
      !Self.isNumberOfJSON(bytes, field, layout)
    {
      groupedCount += 1
      if firstGrouped == nil { firstGrouped = (FieldText.quoted(bytes, field), place()) }
    } else if isWhole, decimalCount > 0 || !Self.contains(bytes, field, layout.decimal.byte) {
      wholeCount += 1
    } else {
      decimalCount += 1
    }
  }

  /// Records a line rejected for `error`.
  mutating func considerRefused(_ error: RatingsFileError) {
    guard error.code == .otherDecimalSign else { return }
    refusedCount += 1
    if firstRefused == nil { firstRefused = error }
  }

  /// Returns the error that prevents the values from being accepted as parsed; nil if there is none.
  func doubt(_ layout: RatingsLayout) -> RatingsFileError? {
    if refusedCount > decimalCount, wholeCount + groupedCount > 0, let first = firstRefused {
      return RatingsFileError(
        first.code,
        "\(first.problem): without "
          + (refusedCount == 1 ? "this line" : "the \(refusedCount) such lines")
          + " only whole numbers would remain, so nothing was imported", place: first.place,
        remedy: first.remedy)
    }
    guard let first = firstGrouped, decimalCount == 0, !layout.decimalIsGiven,
      wholeCount > 0 || isCount(layout)
    else { return nil }
    let sign = layout.decimal
    let others =
      groupedCount == 1 ? "" : ", as do \(groupedCount - 1) more,"
    return RatingsFileError(
      .otherDecimalSign,
      "\(first.text) has three digits after its \(sign)\(others) and no value has another number of "
        + "them: they may be thousands, so nothing was imported",
      place: first.place,
      remedy: "If they are thousands, write them without separators: "
        + "\(first.text.filter(\.isNumber)). If they are decimals, specify the decimal sign "
        + "(decimal \(sign.rawValue))."
    )
  }

  private func isCount(_ layout: RatingsLayout) -> Bool {
    guard let value = layout.value, let name = layout.header?[value] else { return false }
    return RatingColumnName(name)?.isCount == true
  }

  /// Returns whether the value is an unquoted JSON number, which can't have thousands separators.
  private static func isNumberOfJSON(
    _ bytes: Span<UInt8>, _ field: Range<Int>, _ layout: RatingsLayout
  ) -> Bool {
    layout.format == .json && (field.lowerBound == 0 || bytes[field.lowerBound - 1] != quote)
  }

  private static func contains(_ bytes: Span<UInt8>, _ field: Range<Int>, _ byte: UInt8) -> Bool {
    for position in field where bytes[position] == byte { return true }
    return false
  }
}
