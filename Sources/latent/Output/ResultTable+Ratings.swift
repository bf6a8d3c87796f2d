import ModelRegistry
import Ratings
import Recommenders

extension ResultTable.Cell {
  /// Creates a cell with a fact about a model.
  init(_ value: ModelFact.Value) {
    self =
      switch value {
      case .text(let text): .text(text)
      case .integer(let integer): .integer(integer)
      case .number(let number, let decimals): .number(number, decimals: decimals)
      case .none: .missing
      }
  }

  /// A rating: 0.1, not 0.10000000149, the exact value of its 32 bits.
  static func rating(_ value: Float) -> ResultTable.Cell {
    let tenths = value * 10
    return .number(shortest(value), decimals: tenths == tenths.rounded() ? 1 : 3)
  }

  /// A score or prediction, as short as the daemon writes it.
  static func score(_ value: Float) -> ResultTable.Cell { .number(shortest(value), decimals: 3) }

  private static func shortest(_ value: Float) -> Double { Double("\(value)") ?? Double(value) }

  /// 1 for an item without ratings, else missing.
  static func isCold(_ item: RankedItem) -> ResultTable.Cell {
    item.isCold == true ? .integer(1) : .missing
  }

  /// A time in ISO 8601, or missing.
  static func time(_ time: Timestamp?) -> ResultTable.Cell { .optional(time?.description) }

  /// An id: a number if ids are integers, so that it is a number in JSON.
  static func identifier<Entity>(_ id: Identifier<Entity>) -> ResultTable.Cell {
    switch id.value {
    case .integer(let integer): .integer(Int(integer))
    case .text(let text): .text(text)
    }
  }
}

extension ResultTable.Column {
  /// Whether an item has no ratings and is known only by its content.
  static var cold: ResultTable.Column { ResultTable.Column("cold") }
}

extension ResultTable {
  /// Creates the table of a ranked list of items with their titles and, if `showingCounts`, their numbers of ratings in
  /// training. `score` is the heading of the score for people; its key is the daemon's. `fact` applies to the whole
  /// list, and programs get it in a column of its own. Programs get the same columns for every list of a kind; a list
  /// `forUser` may have predictions.
  init(
    of items: [RankedItem], showingCounts: Bool, forUser: Bool = false, score: String = "score",
    fact: (key: String, value: String?), for format: OutputFormat
  ) {
    let isForPrograms = format != .table
    let hasCounts = showingCounts || isForPrograms
    let hasScores = items.contains { $0.score != nil } || items.isEmpty || isForPrograms
    // If the model knows items without ratings: for programs always, for people if the list has some.
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
