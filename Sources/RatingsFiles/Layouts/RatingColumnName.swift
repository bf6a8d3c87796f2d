import Ratings

/// The role suggested by a column's name in a header.
struct RatingColumnName {
  let role: RatingColumn
  /// The rank of the name: of several columns for one role, the one with the lowest rank is taken.
  let rank: Int
  /// Whether it is a count of plays, purchases or the like: implicit feedback.
  let isCount: Bool
  /// Whether the name only resembles known ones, so that the column's contents must confirm it.
  let isResembling: Bool

  /// Classifies a name, ignoring letter case, spaces, `_`, `-` and `.`: `userId`, `user_id` and `USER ID` are
  /// the same. nil for a name that suggests no role.
  init?(_ name: String) {
    let plain = Self.plain(name)
    if let entry = Self.names.first(where: { $0.names.contains(plain) }) {
      (role, rank, isCount, isResembling) = (entry.role, entry.rank, entry.isCount, false)
      return
    }
    guard Self.resemblesValue(plain) else { return nil }
    (role, rank, isCount, isResembling) = (.value, 3, false, true)
  }

  /// Returns whether a name is a known one for ratings with a prefix, such as `star_rating` or `my_score`,
  /// but not a rating aggregated over many people, as an item has.
  private static func resemblesValue(_ plain: String) -> Bool {
    ["rating", "ratings", "ratingval", "ratingvalue", "score", "stars"].contains {
      plain.hasSuffix($0)
    }
      && !["num", "avg", "average", "mean", "total", "count", "imdb", "critic", "max", "min"]
        .contains { plain.hasPrefix($0) }
  }

  /// Returns `name` without the ignored differences.
  static func plain(_ name: String) -> String {
    FieldText.trimmingInvisible(name).lowercased().filter { !" _-.".contains($0) }
  }

  private static let names: [(role: RatingColumn, rank: Int, isCount: Bool, names: Set<String>)] = [
    (.user, 0, false, ["user", "userid", "uid"]),
    (
      .user, 1, false,
      [
        "username", "customer", "customerid", "reviewer", "reviewerid", "visitor", "visitorid",
        "member", "memberid", "person", "personid", "listener", "listenerid", "reader", "readerid",
        "player", "playerid", "account", "accountid", "usersha1",
      ]
    ),
    (.item, 0, false, ["item", "itemid", "iid"]),
    (
      .item, 1, false,
      [
        "movie", "movieid", "film", "filmid", "product", "productid", "book", "bookid", "isbn",
        "asin", "artist", "artistid", "track", "trackid", "song", "songid", "article", "articleid",
        "anime", "animeid", "game", "gameid", "appid", "show", "showid", "business", "businessid",
        "recipe", "recipeid", "jokeid", "joke", "beer", "beerid", "wine", "wineid",
      ]
    ),
    (.value, 0, false, ["value", "rating", "ratings"]),
    (.value, 1, false, ["stars", "star", "score", "overall", "bookrating", "grade"]),
    (
      .value, 2, true,
      [
        "plays", "playcount", "numplays", "listens", "listencount", "count", "counts", "views",
        "clicks", "purchases", "quantity", "weight", "hours", "frequency",
      ]
    ),
    (
      .time, 0, false,
      [
        "time", "timestamp", "ts", "date", "datetime", "unixtime", "unixreviewtime", "createdat",
        "ratedat", "seenat", "when",
      ]
    ),
  ]
}
