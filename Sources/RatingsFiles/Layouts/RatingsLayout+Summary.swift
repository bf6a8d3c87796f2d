import Ratings

extension RatingsLayout {
  /// A description of how the file is read, for the user to check.
  var summary: String {
    let found = RatingColumn.allCases.compactMap { role in
      roles[role].map { (role: role, column: $0) }
    }
    let grounds = Set(found.map(\.column.ground))
    // A reason shared by all columns is given once, after them.
    let columns = found.map { role, column in
      "\(role)=\(FieldText.shown(name(column.position), limit: 40))"
        + (grounds.count > 1 ? " \(column.ground.rawValue)" : "")
    }
    var notes = grounds.count == 1 ? grounds.map(\.rawValue) : []
    switch format {
    case .json:
      notes.append("JSON")
    case .delimited(let dialect, _):
      let delimiter = dialect.delimiter == .tab ? "tab" : "\"\(dialect.delimiter)\""
      notes.append("separated by \(delimiter)")
      notes.append(header == nil ? "no header" : "with a header")
      switch dialect.quoting {
      case .none where dialect.delimiter.isUsuallyQuoted: notes.append("no quoting")
      case .double where !dialect.delimiter.isUsuallyQuoted: notes.append("quotes doubled")
      case .backslash: notes.append("quotes escaped by \\")
      default: break
      }
    }
    if decimal == .comma { notes.append("decimal commas") }
    if time != nil, timeUnit != .seconds { notes.append("times in \(timeUnit.rawValue)") }
    let values = value == nil ? "; no value column: every line counts as a rating of 1" : ""
    let others = unread.isEmpty ? "" : "; not read: \(FileColumns.listed(unread.map(name)))"
    return columns.joined(separator: ", ") + values + " (\(notes.joined(separator: ", ")))" + others
  }
}
