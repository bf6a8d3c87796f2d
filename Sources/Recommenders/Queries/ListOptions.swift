import Ratings

/// The options of a list of items for a user: its length, and the items it may contain. Every query for such a list
/// takes them, so that each list option is declared once:
///
///     var options = ListOptions(count: 5)
///     options.filters.excluded = ["318"]
///     let best = try queries.recommend(for: "7", options)
package struct ListOptions: Sendable, Equatable {
  /// The number of items requested. The list is shorter if fewer items are left.
  package var count = 10
  /// Whether items that the user has rated are included.
  package var includesRated = false
  /// The items that may be listed.
  package var filters = ItemFilters()
  /// How the list departs from the order of the scores.
  package var reranking = Reranking()

  /// Creates options for a list of `count` items among all that the user has not rated.
  package init(count: Int = 10) { self.count = count }

  /// Returns the same options without the items of `ratings`.
  package func excluding(_ ratings: [GivenRating]) -> ListOptions {
    var options = self
    options.filters.excluded += ratings.map(\.item.description)
    return options
  }
}
