import Recommenders

/// How the lists of several users stand in a table: who, and then each item as one's own list has it.
struct ListTable: Sendable {
  let columns: [ResultTable.Column]
  private let showsCounts: Bool
  private let showsPredictions: Bool
  private let showsFallback: Bool
  private let showsCold: Bool

  /// A table of lists by `queries`, some of them of users whom the model may not know.
  init(_ queries: RecommenderQueries, mayFallBack: Bool) {
    showsCounts = queries.ranksByPopularity
    showsPredictions = queries.addsPredictions
    showsFallback = mayFallBack
    showsCold = queries.knowsColdItems
    columns =
      ["user", "rank", "item", .title] + (showsCounts ? ["ratings"] : []) + ["score"]
      + (showsPredictions ? ["prediction"] : []) + (showsCold ? [.cold] : [])
      + (showsFallback ? ["fallback"] : [])
  }

  /// The row of the item at a place, from 1, in somebody's list.
  func row(_ item: RankedItem, rank: Int, of list: RecommendedItems) -> [ResultTable.Cell] {
    var row: [ResultTable.Cell] = [
      list.user.map { .identifier($0) } ?? .missing, .integer(rank), .identifier(item.id),
      .optional(item.title),
    ]
    if showsCounts { row.append(.integer(item.ratingCount)) }
    row.append(item.score.map { .score($0) } ?? .missing)
    if showsPredictions { row.append(item.prediction.map { .score($0) } ?? .missing) }
    if showsCold { row.append(.isCold(item)) }
    if showsFallback { row.append(list.isFallback ? .text("popularity") : .missing) }
    return row
  }
}
