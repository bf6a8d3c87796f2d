import Errors
import Ratings

/// A file of ratings in which no column of values was found, and nobody said that it has none: plays
/// or clicks, each a rating of 1, or a file that is not what it was taken for.
struct ValuelessFile {
  private let name: String
  private let layout: RatingsLayout

  /// nil when `file` holds no line, has a column of values, or is said to have none.
  init?(_ file: RatingsFile) {
    guard let layout = file.layout, layout.value == nil, !file.columnsAreGiven else { return nil }
    name = file.input.name
    self.layout = layout
  }

  /// Why the file is not imported: `rival` holds ratings with other values than 1.
  func refusal(because rival: String) -> RatingsFileError {
    RatingsFileError(
      .noValueColumn,
      "no value column, so that every line would count as a rating of 1, and \(rival) ratings with "
        + "other values",
      place: FilePlace(file: name),
      remedy:
        "If a column holds the rating, name it: `\(layout.columns(with: [.value: "NAME"]))`. If every line is "
        + "to be a rating of 1 all the same, say so by leaving the value out: "
        + "`\(layout.columns())`.")
  }

  /// What is to be told of the file that is imported: that a column was passed over which may hold the
  /// ratings. nil when there is none but the user's, the item's and the time's.
  var doubt: String? {
    guard let first = layout.unread.first else { return nil }
    let isAlone = layout.unread.count == 1
    let names = FileColumns.listed(layout.unread.map(label))
    return "\(name) has no value column: every line counts as a rating of 1, and "
      + (isAlone ? "the column \(names) was" : "the columns \(names) were")
      + " not read. If \(isAlone ? "it" : "one of them") holds the rating, import again with the columns "
      + "`\(layout.columns(with: [.value: isAlone ? label(first) : "NAME"]))`; if not, "
      + "`\(layout.columns())` says so"
  }

  /// What ``RatingsColumns`` calls the column at `position`, from 0.
  private func label(_ position: Int) -> String {
    layout.header?[position] ?? String(position + 1)
  }
}
