import Ratings
import Recommenders

extension ResultTable.Cell {
  /// A rating: 0.1, not the 0.10000000149 that its 32 bits stand for.
  static func rating(_ value: Float) -> ResultTable.Cell {
    let tenths = value * 10
    return .number(
      Double("\(value)") ?? Double(value), decimals: tenths == tenths.rounded() ? 1 : 3)
  }

  /// A time in ISO 8601, or none.
  static func time(_ time: Timestamp?) -> ResultTable.Cell { .optional(time?.description) }

  /// An id: a number where ids are integers, so that JSON has it as one.
  static func identifier<Entity>(_ id: Identifier<Entity>) -> ResultTable.Cell {
    switch id.value {
    case .integer(let integer): .integer(Int(integer))
    case .text(let text): .text(text)
    }
  }
}

extension ResultTable {
  /// A ranked list of items with their titles and, `showingCounts`, how many ratings each had in
  /// training; `score` is what their score is called.
  init(of items: [RankedItem], showingCounts: Bool, score: String) {
    let arePredicted = items.contains { $0.prediction != nil }
    self.init(
      [Column("rank"), Column("item"), .title]
        + (showingCounts ? [Column("ratings")] : []) + [Column(score)]
        + (arePredicted ? [Column("prediction")] : []))
    for (position, item) in items.enumerated() {
      append(
        [.integer(position + 1), .identifier(item.id), .optional(item.title)]
          + (showingCounts ? [.integer(item.ratingCount)] : [])
          + [.number(Double(item.score), decimals: 3)]
          + (arePredicted
            ? [item.prediction.map { .number(Double($0), decimals: 3) } ?? .missing] : []))
    }
  }
}
