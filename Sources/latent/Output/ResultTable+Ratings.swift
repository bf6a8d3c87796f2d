import Ratings

extension ResultTable.Cell {
  /// A rating: 0.1, not the 0.10000000149 that its 32 bits stand for.
  static func rating(_ value: Float) -> ResultTable.Cell {
    let tenths = value * 10
    return .number(
      Double("\(value)") ?? Double(value), decimals: tenths == tenths.rounded() ? 1 : 3)
  }

  /// A time in ISO 8601, or none.
  static func time(_ time: Timestamp?) -> ResultTable.Cell { .optional(time?.description) }
}
