/// How one file of ratings is laid out, wholly decided.
struct RatingsLayout: Equatable {
  var delimiter: Delimiter
  /// The names of the columns, when the first line holds them.
  var header: [String]?
  /// How many columns every line has.
  var columnCount: Int
  /// The positions of the columns, from 0.
  var user: Int
  var item: Int
  var value: Int?
  var time: Int?

  /// How the file is read, in words: for a person to check.
  var summary: String {
    func name(_ position: Int) -> String { header?[position] ?? "column \(position + 1)" }
    var parts = ["user=\(name(user))", "item=\(name(item))"]
    if let value { parts.append("value=\(name(value))") }
    if let time { parts.append("time=\(name(time))") }
    let separator = delimiter == .tab ? "tab" : "\"\(delimiter)\""
    let values = value == nil ? "; no value column: every line counts as a rating of 1" : ""
    return parts.joined(separator: ", ") + values
      + " (separated by \(separator), \(header == nil ? "no header" : "with a header"))"
  }
}

/// What is known of a file of ratings before it is looked at; nil is found out.
package struct RatingsFileOptions: Equatable, Sendable {
  package var delimiter: Delimiter?
  package var hasHeader: Bool?
  package var columns: RatingsColumns?
  package var timeUnit: TimeUnit

  package init(
    delimiter: Delimiter? = nil, hasHeader: Bool? = nil, columns: RatingsColumns? = nil,
    timeUnit: TimeUnit = .seconds
  ) {
    self.delimiter = delimiter
    self.hasHeader = hasHeader
    self.columns = columns
    self.timeUnit = timeUnit
  }
}
