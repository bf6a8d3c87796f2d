import Errors
import Ratings

/// Which columns of a file hold what, as the command line gives it.
package struct RatingsColumns: Equatable, Sendable {
  /// How a column is pointed at.
  package enum Column: Equatable, Sendable {
    /// Its number, from 1.
    case number(Int)
    /// Its name in the header.
    case name(String)
  }

  package var user: Column
  package var item: Column
  /// nil when every line is a rating of 1: a play, a click.
  package var value: Column?
  /// nil when ratings have no time.
  package var time: Column?

  package init(user: Column, item: Column, value: Column? = nil, time: Column? = nil) {
    self.user = user
    self.item = item
    self.value = value
    self.time = time
  }

  /// Reads `user=userId,item=movieId,value=rating,time=timestamp`, with numbers from 1 in place of
  /// names if wanted. User and item must be there; what is left out is not read.
  package init(_ text: String) throws(RatingsFileError) {
    var columns: [RatingColumn: Column] = [:]
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let equals = part.firstIndex(of: "="), let role = RatingColumn(part[..<equals]) else {
        throw Self.malformed(text, "\"\(part)\" is not ROLE=COLUMN")
      }
      let column = part[part.index(after: equals)...]
      guard !column.isEmpty else { throw Self.malformed(text, "\"\(part)\" names no column") }
      guard columns[role] == nil else { throw Self.malformed(text, "\(role) is there twice") }
      if let number = Int(column) {
        guard number > 0 else { throw Self.malformed(text, "columns are counted from 1") }
        columns[role] = .number(number)
      } else {
        columns[role] = .name(String(column))
      }
    }
    guard let user = columns[.user], let item = columns[.item] else {
      throw Self.malformed(text, "user and item must both be there")
    }
    self.init(user: user, item: item, value: columns[.value], time: columns[.time])
  }

  /// The column for a role; nil where none is read.
  subscript(_ role: RatingColumn) -> Column? {
    switch role {
    case .user: user
    case .item: item
    case .value: value
    case .time: time
    }
  }

  /// Whether any column is pointed at by its name, which needs a header.
  var useNames: Bool {
    [user, item, value, time].contains { if case .name = $0 { true } else { false } }
  }

  private static func malformed(_ text: String, _ problem: String) -> RatingsFileError {
    RatingsFileError(
      .badRequest, problem, place: FilePlace(file: "columns \(text)"),
      remedy: "Write such as user=userId,item=movieId,value=rating,time=timestamp, or numbers.")
  }
}

/// How columns of files are named.
extension RatingColumn {
  /// Reads what stands before the `=`; `rating` is another word for the value.
  fileprivate init?(_ text: some StringProtocol) {
    let column = text == "rating" ? .value : Self.allCases.first { "\($0)" == text }
    guard let column else { return nil }
    self = column
  }
}

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
    name.lowercased().filter { !" _-.".contains($0) }
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
