import Errors
import Foundation
import Ratings

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

extension RatingsLayout {
  /// Finds out what `options` leave open from the beginning of a file; nil when it holds no line.
  ///
  /// The first line counts as a header when it is said to be one, when `options` point at columns by
  /// name, or when it names a user's and an item's column in a way that is understood. It never
  /// counts as one merely because it reads badly: a bad first line is to be reported, not skipped.
  init?(of sample: FileSample, options: RatingsFileOptions) throws(RatingsFileError) {
    let place = FilePlace(file: sample.name)
    guard let delimiter = options.delimiter ?? sample.delimiter() else {
      guard !sample.records(delimiter: .comma, limit: 1).isEmpty else { return nil }
      throw RatingsFileError(
        .noDelimiter, "no delimiter found between its columns", place: place,
        remedy: "Separate them by a comma, tab, semicolon, bar or ::, or name another one.")
    }
    guard let first = sample.records(delimiter: delimiter, limit: 1).first else { return nil }
    let columnCount = sample.columnCount(delimiter: delimiter) ?? first.count
    guard first.count > 1 || columnCount > 1 else {
      throw RatingsFileError(
        .noDelimiter, "\"\(delimiter)\" does not occur between its columns", place: place,
        remedy: "Name the right one, or leave it out to have it found.")
    }
    guard options.columns?.useNames != true || options.hasHeader != false else {
      throw RatingsFileError(
        .badRequest, "columns are named, and there is said to be no header", place: place,
        remedy: "Give the columns by number, or leave it open whether there is a header.")
    }
    let names = first.map { $0.trimmingCharacters(in: .whitespaces) }
    let roles = names.map { RatingColumn(header: $0) }
    let hasHeader =
      options.hasHeader
      ?? (options.columns?.useNames == true
        || (roles.contains(.user) && roles.contains(.item)))
    self.init(
      delimiter: delimiter, header: hasHeader ? names : nil,
      columnCount: hasHeader ? names.count : columnCount, user: 0, item: 0)
    if let columns = options.columns {
      user = try position(of: columns.user, in: place)
      item = try position(of: columns.item, in: place)
      if let column = columns.value { value = try position(of: column, in: place) }
      if let column = columns.time { time = try position(of: column, in: place) }
    } else if hasHeader {
      user = try requiredPosition(of: .user, in: place)
      item = try requiredPosition(of: .item, in: place)
      value = try position(of: .value, in: place)
      time = try position(of: .time, in: place)
    } else {
      try takeUsualOrder(names, in: place)
    }
  }

  /// Without a header: user, item, rating, time, as far as there are columns.
  private mutating func takeUsualOrder(
    _ firstLine: [String], in place: FilePlace
  ) throws(RatingsFileError) {
    guard (2...4).contains(columnCount) else {
      throw RatingsFileError(
        .unknownColumns, "\(columnCount) columns and no header that says what they are",
        place: place,
        remedy:
          "If the first line (\(Self.listed(firstLine))) names them, say by name which hold what: "
          + "user=NAME,item=NAME,value=NAME,time=NAME; if it is a rating, by number: "
          + "user=1,item=2,value=3,time=4.")
    }
    (user, item) = (0, 1)
    value = columnCount > 2 ? 2 : nil
    time = columnCount > 3 ? 3 : nil
  }

  private func position(of column: RatingsColumns.Column, in place: FilePlace)
    throws(RatingsFileError) -> Int
  {
    switch column {
    case .number(let number):
      guard number <= columnCount else {
        throw RatingsFileError(
          .unknownColumns, "no column \(number): there are \(columnCount)", place: place,
          remedy: "Count from 1, and check that the delimiter is \"\(delimiter)\".")
      }
      return number - 1
    case .name(let name):
      let exact = (header ?? []).indices.filter { header?[$0] == name }
      guard exact.count <= 1 else { throw ambiguous([name, name], place) }
      guard let position = exact.first else {
        throw RatingsFileError(
          .unknownColumns, "no column \"\(name)\"", place: place,
          remedy: "\(columnList) If that is no header but a rating, give the columns by number.")
      }
      return position
    }
  }

  private func requiredPosition(of role: RatingColumn, in place: FilePlace)
    throws(RatingsFileError) -> Int
  {
    guard let position = try position(of: role, in: place) else {
      throw RatingsFileError(
        .unknownColumns, "no column whose name says that it holds the \(role)", place: place,
        remedy:
          "Say which: user=NAME,item=NAME,value=NAME,time=NAME, without value and time "
          + "where there are none. \(columnList)")
    }
    return position
  }

  private func position(of role: RatingColumn, in place: FilePlace) throws(RatingsFileError) -> Int?
  {
    let names = header ?? []
    let found = names.indices.filter { RatingColumn(header: names[$0]) == role }
    guard found.count <= 1 else { throw ambiguous(found.map { names[$0] }, place) }
    return found.first
  }

  private func ambiguous(_ names: [String], _ place: FilePlace) -> RatingsFileError {
    RatingsFileError(
      .unknownColumns,
      "several columns could be meant: \(Self.listed(names))", place: place,
      remedy: "Say that there is a header, and which: user=1,item=2,value=3, counted from 1.")
  }

  private var columnList: String { "Its columns: \(Self.listed(header ?? []))." }

  private static func listed(_ names: [String]) -> String {
    let shown = names.prefix(20).map { $0.count > 40 ? $0.prefix(40) + "..." : $0[...] }
    return shown.joined(separator: ", ") + (names.count > 20 ? ", ..." : "")
  }
}
