import Ratings

/// What the name of a column in a header says.
struct RatingColumnName {
  let role: RatingColumn
  /// How plainly it says so: of several columns for one role the lowest is meant.
  let rank: Int
  /// Whether it is a number of plays, purchases or the like: implicit feedback.
  let isCount: Bool
  /// Whether the name only resembles others, so that what is in the column must bear it out.
  let isResembling: Bool

  /// Letter case, spaces, `_`, `-` and `.` are no matter: `userId`, `user_id` and `USER ID` are one name.
  /// nil for a name that says nothing.
  init?(_ name: String) {
    let plain = Self.plain(name)
    if let entry = Self.names.first(where: { $0.names.contains(plain) }) {
      (role, rank, isCount, isResembling) = (entry.role, entry.rank, entry.isCount, false)
      return
    }
    guard Self.resemblesValue(plain) else { return nil }
    (role, rank, isCount, isResembling) = (.value, 3, false, true)
  }

  /// Whether a name is one of ratings with something in front: `star_rating`, `my_score`; not of what many
  /// people gave, as an item has it.
  private static func resemblesValue(_ plain: String) -> Bool {
    ["rating", "ratings", "ratingval", "ratingvalue", "score", "stars"].contains {
      plain.hasSuffix($0)
    }
      && !["num", "avg", "average", "mean", "total", "count", "imdb", "critic", "max", "min"]
        .contains { plain.hasPrefix($0) }
  }

  /// `name` without what is no matter.
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
