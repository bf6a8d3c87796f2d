import Errors
import Ratings

/// A reference to a column of a file.
package enum ColumnReference: Equatable, Sendable {
  /// The column's number, from 1.
  case number(Int)
  /// The column's name in the header.
  case name(String)

  /// Whether the reference is a name, which requires a header.
  var isName: Bool { if case .name = self { true } else { false } }

  /// Parses a command-line list such as `user=userId,item=3` to the parts on either side of each `=`.
  static func list(
    _ text: String, of content: FileContent
  ) throws(RatingsFileError) -> [(name: String, column: ColumnReference)] {
    var list: [(name: String, column: ColumnReference)] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let equals = part.firstIndex(of: "="), equals > part.startIndex else {
        throw malformed(text, of: content, "\"\(part)\" is not NAME=COLUMN")
      }
      let column = String(part[part.index(after: equals)...])
      guard !column.isEmpty else {
        throw malformed(text, of: content, "\"\(part)\" names no column")
      }
      guard Int(column) ?? 1 > 0 else {
        throw malformed(text, of: content, "columns are counted from 1")
      }
      list.append((String(part[..<equals]), Int(column).map { .number($0) } ?? .name(column)))
    }
    return list
  }

  /// Returns the error of a malformed list.
  static func malformed(
    _ text: String, of content: FileContent, _ problem: String
  ) -> RatingsFileError {
    RatingsFileError(
      .badRequest, problem, place: FilePlace(file: "columns \(text)"),
      remedy: "Write, for example, \(content.example), or numbers from 1.")
  }
}

/// The content of a file's records.
enum FileContent {
  case ratings, items

  /// An example of a column specification.
  var example: String {
    switch self {
    case .ratings: "user=userId,item=movieId,value=rating,time=timestamp"
    case .items: "id=item_id,title=name,genre=genres"
    }
  }

  /// A column specification with placeholders for the names.
  var namesToFill: String {
    switch self {
    case .ratings: RatingColumn.allCases.map { "\($0)=NAME" }.joined(separator: ",")
    case .items: "id=NAME,title=NAME,genre=NAME"
    }
  }

  /// A column specification by numbers.
  var numbersToFill: String {
    switch self {
    case .ratings:
      RatingColumn.allCases.map { "\($0)=\($0.rawValue + 1)" }.joined(separator: ",")
    case .items: "id=1,title=2,genre=3"
    }
  }
}
