import Recommenders

/// The layout of the lists of several users in a table: the user, then the columns of a single user's list.
struct ListTable: Sendable {
  let columns: [ResultTable.Column]
  private let showsCounts: Bool
  private let showsPredictions: Bool
  private let showsFallback: Bool
  private let showsCold: Bool

  /// Creates the layout for lists by `queries`; `mayFallBack` if the model may not know some of the users.
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

  /// Returns the row of an item at a rank, from 1, in a list.
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
