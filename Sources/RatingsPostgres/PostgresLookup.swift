import Ratings

/// How a query over the user's own tables is asked about one user.
struct PostgresLookup {
  /// The query as it was written.
  let query: String
  /// The query for the newest ratings of the user that is its first parameter, as many as its second one says: item, value and time as
  /// texts.
  let sql: String
  let userType: IdentifierType
  let itemType: IdentifierType
  let timeForm: RatingLayout.Time

  /// The microseconds since 1970 that `text` stands for; nil of what is too far.
  func time(_ text: String) -> Int64? {
    switch timeForm {
    case .epoch: Int64(text).flatMap { Timestamp.microseconds(sinceEpoch: $0) }
    case .fractionalEpoch: Double(text).flatMap { Timestamp.microseconds(sinceEpoch: $0) }
    case .timestamp, .microseconds, .none: Int64(text)
    }
  }
}
