import Ratings

/// Which columns of a file hold what, as the command line gives it.
package struct RatingsColumns: Equatable, Sendable {
  /// The user and the item are always among them. Without a value every line is a rating of 1: a play, a
  /// click; without a time ratings have none.
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

  /// Reads `user=userId,item=movieId,value=rating,time=timestamp`, with numbers from 1 in place of
  /// names if wanted. User and item must be there; what is left out is not read.
  package init(_ text: String) throws(RatingsFileError) {
    var columns: [RatingColumn: ColumnReference] = [:]
    for (name, column) in try ColumnReference.list(text, of: .ratings) {
      guard let role = RatingColumn(name) else {
        throw ColumnReference.malformed(
          text, of: .ratings, "there is no \"\(name)\" of a rating")
      }
      guard columns.updateValue(column, forKey: role) == nil else {
        throw ColumnReference.malformed(text, of: .ratings, "\(role) is there twice")
      }
    }
    guard columns[.user] != nil, columns[.item] != nil else {
      throw ColumnReference.malformed(text, of: .ratings, "user and item must both be there")
    }
    self.columns = columns
  }

  /// The column for a role; nil where none is read.
  subscript(_ role: RatingColumn) -> ColumnReference? { columns[role] }

  /// Whether any column is pointed at by its name, which needs a header.
  var useNames: Bool { columns.values.contains(where: \.isName) }
}

/// How columns of files are named.
extension RatingColumn {
  /// Reads what stands before the `=`; `rating` is another word for the value.
  fileprivate init?(_ text: String) {
    let column = text == "rating" ? .value : Self.allCases.first { "\($0)" == text }
    guard let column else { return nil }
    self = column
  }
}
