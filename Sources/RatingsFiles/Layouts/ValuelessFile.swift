import Errors
import Ratings

/// A file of ratings without a detected value column, and not specified to have none. Its lines may be plays
/// or clicks, each a rating of 1, or the file may have been misinterpreted.
struct ValuelessFile {
  private let name: String
  private let layout: RatingsLayout

  /// Wraps `file`; nil if it is empty, has a value column, or is specified to have none.
  init?(_ file: RatingsFile) {
    guard let layout = file.layout, layout.value == nil, !file.columnsAreGiven else { return nil }
    name = file.input.name
    self.layout = layout
  }

  /// Returns the error that the file is not imported because `rival` holds ratings with values other than 1.
  func refusal(because rival: String) -> RatingsFileError {
    RatingsFileError(
      .noValueColumn,
      "no value column: every line would count as a rating of 1, but \(rival) ratings with "
        + "other values",
      place: FilePlace(file: name),
      remedy:
        "If a column holds the rating, name it: `\(layout.columns(with: [.value: "NAME"]))`. If every line "
        + "should count as a rating of 1, specify the columns without a value: "
        + "`\(layout.columns())`.")
  }

  /// A warning about the imported file: an unread column may hold the ratings. nil if there are only user,
  /// item and time columns.
  var doubt: String? {
    guard let first = layout.unread.first else { return nil }
    let isAlone = layout.unread.count == 1
    let names = FileColumns.listed(layout.unread.map(label))
    return "\(name) has no value column: every line counts as a rating of 1, and "
      + (isAlone ? "the column \(names) was" : "the columns \(names) were")
      + " not read. If \(isAlone ? "it" : "one of them") holds the rating, import again with the columns "
      + "`\(layout.columns(with: [.value: isAlone ? label(first) : "NAME"]))`; if not, "
      + "`\(layout.columns())` silences this warning"
  }

  /// Returns what ``RatingsColumns`` calls the column at `position`, from 0.
  private func label(_ position: Int) -> String {
    layout.header?[position] ?? String(position + 1)
  }
}
