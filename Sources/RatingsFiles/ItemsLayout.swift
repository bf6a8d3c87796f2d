import Errors
import Foundation
import Ratings

/// How a file of items is laid out.
package struct ItemsLayout: Equatable, Sendable {
  /// How the bytes of titles are read.
  enum Encoding: Equatable {
    case utf8
    /// UTF-8 where the bytes are that, else Latin-1: MovieLens's older sets.
    case utf8OrLatin1
  }

  /// A column whose cells are values of one attribute.
  struct AttributeColumn: Equatable {
    let position: Int
    let name: String
    /// Whether a cell holds several values with `|` between them.
    let isList: Bool
  }

  /// A column whose cells say by 1 or 0 whether the item has an attribute's value.
  struct FlagColumn: Equatable {
    let position: Int
    let name: String
    let value: String
  }

  let delimiter: Delimiter
  let header: [String]?
  let columnCount: Int
  /// Positions from 0.
  let id: Int
  let title: Int?
  var attributes: [AttributeColumn] = []
  var flags: [FlagColumn] = []
  var encoding = Encoding.utf8

  /// `movies.dat`: id, title, genres.
  static let moviesDat = ItemsLayout(
    delimiter: .doubleColon, header: nil, columnCount: 3, id: 0, title: 1,
    attributes: [AttributeColumn(position: 2, name: "genre", isList: true)],
    encoding: .utf8OrLatin1)

  /// `u.item`: id, title, two dates, an address, then a flag for each of `genres`.
  static func uItem(genres: [String]) -> ItemsLayout {
    let leadingColumns = 5
    return ItemsLayout(
      delimiter: .bar, header: nil, columnCount: leadingColumns + genres.count, id: 0, title: 1,
      flags: genres.enumerated().map { number, genre in
        FlagColumn(position: leadingColumns + number, name: "genre", value: genre)
      },
      encoding: .utf8OrLatin1)
  }

  /// Finds out the layout of a file whose header names a column of ids and, as a rule, one of titles;
  /// every other column is an attribute of that name, `genres` being a list of `genre`. Two columns
  /// without a header are id and title. nil when the file holds no line.
  init?(of sample: FileSample) throws(RatingsFileError) {
    let place = FilePlace(file: sample.name)
    guard let delimiter = sample.delimiter(),
      let first = sample.records(delimiter: delimiter, limit: 1).first
    else {
      guard !sample.records(delimiter: .comma, limit: 1).isEmpty else { return nil }
      throw RatingsFileError(
        .noDelimiter, "no delimiter found between its columns", place: place,
        remedy: "Give a CSV file with the columns id and title.")
    }
    let names = first.map { $0.trimmingCharacters(in: .whitespaces) }
    let ids = names.indices.filter {
      names[$0].lowercased() == "id" || RatingColumn(header: names[$0]) == .item
    }
    let titles = names.indices.filter { ["title", "name"].contains(names[$0].lowercased()) }
    guard ids.count <= 1, titles.count <= 1 else {
      throw RatingsFileError(
        .unknownColumns,
        "several columns could be the \(ids.count > 1 ? "id" : "title"): "
          + (ids.count > 1 ? ids : titles).map { names[$0] }.joined(separator: ", "),
        place: place, remedy: "Rename all but one in the header.")
    }
    self.delimiter = delimiter
    if let id = ids.first {
      (header, columnCount) = (names, names.count)
      (self.id, title) = (id, titles.first)
      attributes = names.indices.filter { $0 != id && $0 != titles.first }.map { position in
        let isList = names[position].lowercased() == "genres"
        return AttributeColumn(
          position: position, name: isList ? "genre" : names[position], isList: isList)
      }
    } else {
      guard titles.isEmpty, names.count == 2 else {
        throw RatingsFileError(
          .unknownColumns, "no column of its header holds the items' ids", place: place,
          remedy: "Name one id, the titles' title. Its columns: "
            + names.joined(separator: ", ") + ".")
      }
      (header, columnCount) = (nil, 2)
      (id, title) = (0, 1)
    }
  }

  private init(
    delimiter: Delimiter, header: [String]?, columnCount: Int, id: Int, title: Int?,
    attributes: [AttributeColumn] = [], flags: [FlagColumn] = [], encoding: Encoding = .utf8
  ) {
    self.delimiter = delimiter
    self.header = header
    self.columnCount = columnCount
    self.id = id
    self.title = title
    self.attributes = attributes
    self.flags = flags
    self.encoding = encoding
  }
}
