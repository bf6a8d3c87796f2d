import Errors

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
        "If a column holds the rating, name it: `\(columns(value: "NAME"))`. If every line is "
        + "to be a rating of 1 all the same, say so by leaving the value out: "
        + "`\(columns(value: nil))`.")
  }

  /// What is to be told of the file that is imported: that a column was passed over which may hold the
  /// ratings. nil when there is none but the user's, the item's and the time's.
  var doubt: String? {
    let unread = (0..<layout.columnCount)
      .filter { ![layout.user, layout.item, layout.time].contains($0) }.map(label)
    guard let first = unread.first else { return nil }
    let isAlone = unread.count == 1
    return "\(name) has no value column: every line counts as a rating of 1, and "
      + (isAlone ? "the column \(first) was" : "the columns \(unread.joined(separator: ", ")) were")
      + " not read. If \(isAlone ? "it" : "one of them") holds the rating, import again with the columns "
      + "`\(columns(value: isAlone ? first : "NAME"))`; if not, "
      + "`\(columns(value: nil))` says so"
  }

  /// Which columns hold what, as they were found.
  private func columns(value: String?) -> String {
    var parts = ["user=\(label(layout.user))", "item=\(label(layout.item))"]
    if let value { parts.append("value=\(value)") }
    if let time = layout.time { parts.append("time=\(label(time))") }
    let text = parts.joined(separator: ",")
    return text.contains(" ") ? "'\(text)'" : text
  }

  /// What ``RatingsColumns`` calls the column at `position`, from 0.
  private func label(_ position: Int) -> String {
    layout.header?[position] ?? String(position + 1)
  }
}
