import Interactions
import Ratings

/// All ratings of a store, with their statistics.
struct RatedStore {
  let table: InteractionTable
  let statistics: RatingStatistics

  /// Reads all ratings of `store`.
  init(_ store: any RatingsStore) throws {
    var builder = InteractionTableBuilder(keepingTimes: true)
    try store.readRatings(from: .table) { try builder.append($0) }
    table = builder.finish()
    statistics = RatingStatistics(table)
  }

  /// Returns the `count` items with the latest first ratings, the newest first; none without times.
  func newestItems(_ count: Int) -> [(item: ItemID, row: Int, time: Timestamp)] {
    let times = statistics.firstTimes
    return times.indices.filter { times[$0] != Timestamp.missing }
      .sorted { (times[$1], $0) < (times[$0], $1) }.prefix(count).map {
        (table.identifier(of: ItemIndex($0)), $0, Timestamp(microseconds: times[$0]))
      }
  }
}
