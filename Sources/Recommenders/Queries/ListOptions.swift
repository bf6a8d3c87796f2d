import Ratings

/// What a list of items for somebody is to be like: how long, and of which items. Every question for such
/// a list takes it, so that an option of lists is declared once:
///
///     var options = ListOptions(count: 5)
///     options.filters.excluded = ["318"]
///     let best = try queries.recommend(for: "7", options)
package struct ListOptions: Sendable, Equatable {
  /// How many items are wanted; fewer are listed where no more are left.
  package var count = 10
  /// Whether items that the user has rated are listed too.
  package var includesRated = false
  /// Which items may be listed.
  package var filters = ItemFilters()
  /// How the list departs from the order of the scores.
  package var reranking = Reranking()

  /// A list of `count` items of all that the user has not rated.
  package init(count: Int = 10) { self.count = count }

  /// The same list without the items of `ratings`.
  package func excluding(_ ratings: [GivenRating]) -> ListOptions {
    var options = self
    options.filters.excluded += ratings.map(\.item.description)
    return options
  }
}
