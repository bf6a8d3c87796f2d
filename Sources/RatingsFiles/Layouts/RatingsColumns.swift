import Ratings

/// The columns of a file of ratings, as specified on the command line.
package struct RatingsColumns: Equatable, Sendable {
  /// Always contains the user and the item. Without a value, every line is a rating of 1: a play, a click.
  /// Without a time, ratings have none.
  private let columns: [RatingColumn: ColumnReference]

  package init(
    user: ColumnReference, item: ColumnReference, value: ColumnReference? = nil,
    time: ColumnReference? = nil
  ) {
    var columns: [RatingColumn: ColumnReference] = [.user: user, .item: item]
    columns[.value] = value
    columns[.time] = time
    self.columns = columns
  }

  /// Parses `user=userId,item=movieId,value=rating,time=timestamp`, with names or numbers from 1. User and
  /// item are required; unlisted columns are not read.
  package init(_ text: String) throws(RatingsFileError) {
    var columns: [RatingColumn: ColumnReference] = [:]
    for (name, column) in try ColumnReference.list(text, of: .ratings) {
      guard let role = RatingColumn(name) else {
        throw ColumnReference.malformed(
          text, of: .ratings, "\"\(name)\" is not one of user, item, value and time")
      }
      guard columns.updateValue(column, forKey: role) == nil else {
        throw ColumnReference.malformed(text, of: .ratings, "\(role) is given twice")
      }
    }
    guard columns[.user] != nil, columns[.item] != nil else {
      throw ColumnReference.malformed(text, of: .ratings, "user and item are required")
    }
    self.columns = columns
  }

  /// The column for a role; nil if none is read.
  subscript(_ role: RatingColumn) -> ColumnReference? { columns[role] }

  /// Whether any column is referred to by name, which requires a header.
  var useNames: Bool { columns.values.contains(where: \.isName) }
}

/// Parsing of role names.
extension RatingColumn {
  /// Parses the key before the `=`; `rating` is a synonym for the value.
  fileprivate init?(_ text: String) {
    let column = text == "rating" ? .value : Self.allCases.first { "\($0)" == text }
    guard let column else { return nil }
    self = column
  }
}
