import Errors
import Ratings

/// The layout of a file of items.
package struct ItemsLayout: Equatable, Sendable {
  /// How a cell encodes the values of an attribute.
  enum Values: Equatable {
    case one
    /// Several values, separated by a character.
    case separated(Character)
    /// A list in the notation of Python, JSON or Postgres: see ``ListLiteral``.
    case literal
  }

  /// A column whose cells are values of one attribute.
  struct AttributeColumn: Equatable {
    let position: Int
    let name: String
    var values = Values.one
  }

  /// A column of 1 or 0: whether the item has a certain value of an attribute.
  struct FlagColumn: Equatable {
    let position: Int
    let name: String
    let value: String
  }

  var format: RecordFormat
  var header: [String]?
  var columnCount: Int
  /// Positions, from 0.
  var id: Int
  var title: Int?
  var attributes: [AttributeColumn] = []
  var flags: [FlagColumn] = []
  /// Whether the year at the end of a title becomes an attribute: see ``TitleYear``.
  var readsYears = false
  /// Whether a title that is not valid UTF-8 is Latin-1, as in MovieLens's older data sets.
  var isUTF8OrLatin1 = false
  /// The column count used to question a record that spans lines, if the meaning of quotes was guessed.
  var doubtedColumnCount: Int?

  /// `movies.dat`: id, title, genres.
  static let moviesDat = ItemsLayout(
    format: plain(.doubleColon), columnCount: 3, id: 0, title: 1,
    attributes: [AttributeColumn(position: 2, name: "genre", values: .separated("|"))],
    readsYears: true, isUTF8OrLatin1: true)

  /// Returns the layout of `u.item`: id, title, two dates, a URL, then a flag for each of `genres`.
  static func uItem(genres: [String]) -> ItemsLayout {
    let leadingColumns = 5
    return ItemsLayout(
      format: plain(.bar), columnCount: leadingColumns + genres.count, id: 0, title: 1,
      flags: genres.enumerated().map { number, genre in
        FlagColumn(position: leadingColumns + number, name: "genre", value: genre)
      },
      readsYears: true, isUTF8OrLatin1: true)
  }

  private static func plain(_ delimiter: Delimiter) -> RecordFormat {
    .delimited(Dialect(delimiter: delimiter, quoting: .none), hasSeparatorLine: false)
  }

  /// The positions of the columns read.
  var read: [Int] {
    [id] + [title].compactMap(\.self) + attributes.map(\.position) + flags.map(\.position)
  }

  /// A description of how each column is read.
  var summary: String {
    func name(_ position: Int) -> String {
      FieldText.shown(FileColumns.name(position, in: header), limit: 40)
    }
    var parts = ["id=\(name(id))", title.map { "title=\(name($0))" } ?? "no titles"]
    let lists = attributes.filter { $0.values != .one }
    let texts = attributes.filter { $0.values == .one }
    func listed(_ columns: [AttributeColumn]) -> String {
      // Some files have thousands of columns.
      let limit = 40
      let words = columns.prefix(limit).map { column in
        let from = name(column.position)
        let text = column.name == from ? from : "\(column.name) from \(from)"
        if case .separated(let sign) = column.values { return "\(text) (by \(sign))" }
        return text
      }
      return words.joined(separator: ", ")
        + (columns.count > limit ? " and \(columns.count - limit) others" : "")
    }
    if !texts.isEmpty { parts.append("attributes \(listed(texts))") }
    if !lists.isEmpty { parts.append("lists of attributes \(listed(lists))") }
    if !flags.isEmpty { parts.append("\(flags.count) columns of 0 and 1 for \(flags[0].name)") }
    if readsYears { parts.append("\(TitleYear.name) from the ends of titles") }
    let unread = (0..<columnCount).filter { !read.contains($0) }
    if !unread.isEmpty { parts.append("not read: \(FileColumns.listed(unread.map(name)))") }
    return parts.joined(separator: "; ")
  }
}
