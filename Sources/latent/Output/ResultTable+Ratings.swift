import ModelRegistry
import Ratings
import Recommenders

extension ResultTable.Cell {
  /// What a model tells of itself.
  init(_ value: ModelFact.Value) {
    self =
      switch value {
      case .text(let text): .text(text)
      case .integer(let integer): .integer(integer)
      case .number(let number, let decimals): .number(number, decimals: decimals)
      case .none: .missing
      }
  }

  /// A rating: 0.1, not the 0.10000000149 that its 32 bits stand for.
  static func rating(_ value: Float) -> ResultTable.Cell {
    let tenths = value * 10
    return .number(shortest(value), decimals: tenths == tenths.rounded() ? 1 : 3)
  }

  /// What a model says, as short as the daemon writes it.
  static func score(_ value: Float) -> ResultTable.Cell { .number(shortest(value), decimals: 3) }

  private static func shortest(_ value: Float) -> Double { Double("\(value)") ?? Double(value) }

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
  /// training; `score` is what people read above their score, whose key is the daemon's. `facts` hold for
  /// the whole list and stand in columns of their own.
  init(
    of items: [RankedItem], showingCounts: Bool, score: String = "score",
    facts: [(key: String, value: String)] = []
  ) {
    let arePredicted = items.contains { $0.prediction != nil }
    self.init(
      [Column("rank"), Column("item"), .title]
        + (showingCounts ? [Column("ratings")] : []) + [Column("score", heading: score)]
        + (arePredicted ? [Column("prediction")] : []) + facts.map { Column($0.key) })
    for (position, item) in items.enumerated() {
      append(
        [.integer(position + 1), .identifier(item.id), .optional(item.title)]
          + (showingCounts ? [.integer(item.ratingCount)] : [])
          + [.score(item.score)]
          + (arePredicted ? [item.prediction.map { .score($0) } ?? .missing] : [])
          + facts.map { .text($0.value) })
    }
  }
}
