import Errors

/// How the values of a file are written: whether what looks like decimals may be thousands, and whether
/// lines that are set aside are all that had decimals.
struct ValueCheck {
  /// Values that are whole, those with decimals, and those that may be either: `1.234`.
  private var wholeCount = 0
  private var decimalCount = 0
  private var groupedCount = 0
  /// The first of the last, in quotes, and where it is.
  private var firstGrouped: (text: String, place: FilePlace)?
  /// How many values were refused as they have the other sign before their decimals, and the first of those.
  private var refusedCount = 0
  private var firstRefused: RatingsFileError?

  /// Takes the value in `field` into account, a number in the file's column of values; `place` tells where it
  /// is.
  mutating func consider(
    _ value: Float, _ bytes: Span<UInt8>, _ field: Range<Int>, _ layout: RatingsLayout,
    at place: () -> FilePlace
  ) {
    let isWhole = value == value.rounded()
    // Where a sign stands three digits before the end, 1.000 is whole and may be a thousand all the same.
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

  /// Takes a line into account that was refused for `error`.
  mutating func considerRefused(_ error: RatingsFileError) {
    guard error.code == .otherDecimalSign else { return }
    refusedCount += 1
    if firstRefused == nil { firstRefused = error }
  }

  /// What keeps the values from being taken as they were read; nil when nothing does.
  func doubt(_ layout: RatingsLayout) -> RatingsFileError? {
    if refusedCount > decimalCount, wholeCount + groupedCount > 0, let first = firstRefused {
      return RatingsFileError(
        first.code,
        "\(first.problem): without "
          + (refusedCount == 1 ? "this line" : "the \(refusedCount) lines of this kind")
          + " whole numbers alone would remain, and nothing was imported", place: first.place,
        remedy: first.remedy)
    }
    guard let first = firstGrouped, decimalCount == 0, !layout.decimalIsGiven,
      wholeCount > 0 || isCount(layout)
    else { return nil }
    let sign = layout.decimal
    let others =
      groupedCount == 1 ? "" : ", as \(groupedCount - 1) others with a \(sign) have,"
    return RatingsFileError(
      .otherDecimalSign,
      "\(first.text) has three digits behind its \(sign)\(others) and no value has another number of "
        + "them: they may be thousands, and nothing was imported",
      place: first.place,
      remedy: "If they are thousands, write them without separators: "
        + "\(first.text.filter(\.isNumber)). If they are decimals, say so (decimal \(sign.rawValue))."
    )
  }

  private func isCount(_ layout: RatingsLayout) -> Bool {
    guard let value = layout.value, let name = layout.header?[value] else { return false }
    return RatingColumnName(name)?.isCount == true
  }

  /// Whether the value stands in JSON without quotes: what is a number there has no thousands.
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
