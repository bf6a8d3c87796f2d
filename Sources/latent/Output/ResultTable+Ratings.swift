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

  /// 1 for an item without ratings, else nothing.
  static func isCold(_ item: RankedItem) -> ResultTable.Cell {
    item.isCold == true ? .integer(1) : .missing
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

extension ResultTable.Column {
  /// Whether an item has no ratings and is known by its content.
  static var cold: ResultTable.Column { ResultTable.Column("cold") }
}

extension ResultTable {
  /// A ranked list of items with their titles and, `showingCounts`, how many ratings each had in
  /// training; `score` is what people read above their score, whose key is the daemon's. Of the whole list
  /// holds `fact`, which programs find in a column of its own. What programs read has the same columns for every list of its
  /// kind: of one for a user ratings may be predicted.
  init(
    of items: [RankedItem], showingCounts: Bool, forUser: Bool = false, score: String = "score",
    fact: (key: String, value: String?), for format: OutputFormat
  ) {
    let isForPrograms = format != .table
    let hasCounts = showingCounts || isForPrograms
    let hasScores = items.contains { $0.score != nil } || items.isEmpty || isForPrograms
    // Where the model knows items without ratings: for programs always, for people where there are some.
    let hasCold = items.contains { isForPrograms ? $0.isCold != nil : $0.isCold == true }
    let hasPredictions = items.contains { $0.prediction != nil } || forUser && isForPrograms
    self.init(
      [Column("rank"), Column("item"), .title]
        + (hasCounts ? [Column("ratings")] : [])
        + (hasScores ? [Column("score", heading: score)] : [])
        + (hasPredictions ? [Column("prediction")] : []) + (hasCold ? [.cold] : [])
        + (isForPrograms ? [Column(fact.key)] : [])
    )
    for (position, item) in items.enumerated() {
      append(
        [.integer(position + 1), .identifier(item.id), .optional(item.title)]
          + (hasCounts ? [.integer(item.ratingCount)] : [])
          + (hasScores ? [item.score.map { .score($0) } ?? .missing] : [])
          + (hasPredictions ? [item.prediction.map { .score($0) } ?? .missing] : [])
          + (hasCold ? [.isCold(item)] : [])
          + (isForPrograms ? [.optional(fact.value)] : []))
    }
  }
}
