/// A command's answer as rows and named columns, written in any ``OutputFormat``.
///
/// A column has a key, which JSON and CSV use and scripts rely on, and a heading for people.
struct ResultTable {
  /// One column.
  struct Column: ExpressibleByStringLiteral {
    let key: String
    let heading: String
    /// The terminal columns that a cell of a table takes at most; longer texts are cut there.
    let widthLimit: Int?

    /// `heading` is the key itself unless given.
    init(_ key: String, heading: String? = nil, widthLimit: Int? = nil) {
      self.key = key
      self.heading = heading ?? key
      self.widthLimit = widthLimit
    }

    init(stringLiteral key: String) { self.init(key) }

    /// Titles: a few are as long as a line, and would push all else out of sight.
    static let title = Column("title", widthLimit: 60)
  }

  /// One cell. Numbers are shown to `decimals` places in a table and in full elsewhere.
  enum Cell {
    case text(String)
    case integer(Int)
    case number(Double, decimals: Int)
    case list([String])
    case missing

    /// A text, or a missing one.
    static func optional(_ text: String?) -> Cell { text.map(Cell.text) ?? .missing }

    /// An integer, or a missing one.
    static func optional(_ integer: Int?) -> Cell { integer.map(Cell.integer) ?? .missing }

    /// A number, or a missing one.
    static func optional(_ number: Double?, decimals: Int) -> Cell {
      number.map { .number($0, decimals: decimals) } ?? .missing
    }
  }

  let columns: [Column]
  private(set) var rows: [[Cell]] = []

  init(_ columns: [Column]) { self.columns = columns }

  /// Adds a row. Traps unless it has a cell for each column.
  mutating func append(_ row: [Cell]) {
    precondition(row.count == columns.count, "\(row.count) cells for \(columns.count) columns")
    rows.append(row)
  }

  /// The whole table in `format`, with a line end behind the last line. An empty table is its
  /// heading alone, an empty JSON array or a CSV header.
  func formatted(as format: OutputFormat) -> String {
    switch format {
    case .table: alignedText()
    case .json: jsonText()
    case .csv: csvText()
    }
  }

  /// Writes the table to standard output.
  func write(as format: OutputFormat) throws {
    try StandardOutput.write(formatted(as: format))
  }
}
