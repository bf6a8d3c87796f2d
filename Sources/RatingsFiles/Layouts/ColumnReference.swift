import Errors
import Ratings

/// How a column of a file is pointed at.
package enum ColumnReference: Equatable, Sendable {
  /// Its number, from 1.
  case number(Int)
  /// Its name in the header.
  case name(String)

  /// Whether it is a name, which needs a header.
  var isName: Bool { if case .name = self { true } else { false } }

  /// Reads what the command line gives: `user=userId,item=3`, as what stands before and behind each `=`.
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

  /// The error of such a list.
  static func malformed(
    _ text: String, of content: FileContent, _ problem: String
  ) -> RatingsFileError {
    RatingsFileError(
      .badRequest, problem, place: FilePlace(file: "columns \(text)"),
      remedy: "Write such as \(content.example), or numbers from 1.")
  }
}

/// What a file's records are.
enum FileContent {
  case ratings, items

  /// Columns as somebody may give them.
  var example: String {
    switch self {
    case .ratings: "user=userId,item=movieId,value=rating,time=timestamp"
    case .items: "id=item_id,title=name,genre=genres"
    }
  }

  /// The same with a gap for each name.
  var namesToFill: String {
    switch self {
    case .ratings: RatingColumn.allCases.map { "\($0)=NAME" }.joined(separator: ",")
    case .items: "id=NAME,title=NAME,genre=NAME"
    }
  }

  /// The same by numbers.
  var numbersToFill: String {
    switch self {
    case .ratings:
      RatingColumn.allCases.map { "\($0)=\($0.rawValue + 1)" }.joined(separator: ",")
    case .items: "id=1,title=2,genre=3"
    }
  }
}
