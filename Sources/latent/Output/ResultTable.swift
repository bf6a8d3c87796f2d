import Foundation

/// A command's answer as rows and named columns, written in any ``OutputFormat``.
///
/// A column has a key, which JSON and CSV use and scripts rely on, and a heading for people.
struct ResultTable {
  /// One column.
  struct Column: ExpressibleByStringLiteral {
    let key: String
    let heading: String
    let fit: Fit

    /// How to treat the texts of the column if the terminal is too narrow for the table.
    enum Fit {
      /// They stay on one line, unless that takes more than half the width.
      case whole
      /// They are cut.
      case cut
      /// They are wrapped to further lines.
      case wrapped
    }

    /// Creates a column; `heading` is the key by default.
    init(_ key: String, heading: String? = nil, fit: Fit = .whole) {
      self.key = key
      self.heading = heading ?? key
      self.fit = fit
    }

    init(stringLiteral key: String) { self.init(key) }

    /// Titles, which may be as long as a line.
    static let title = Column("title", fit: .cut)
  }

  /// One cell. Numbers have `decimals` decimal places in a table and full precision elsewhere.
  enum Cell {
    case text(String)
    case integer(Int)
    case number(Double, decimals: Int)
    case list([String])
    case missing

    /// A learning rate with three significant digits.
    static func rate(_ rate: Double) -> Cell {
      .number(rate, decimals: max(0, 2 - Int(log10(rate).rounded(.down))))
    }

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
  /// The number of leading columns that identify a row. They are repeated in each block if the table is too wide for
  /// one.
  let labelCount: Int
  private(set) var rows: [[Cell]] = []

  init(_ columns: [Column], labelCount: Int = 1) {
    self.columns = columns
    self.labelCount = labelCount
  }

  /// Adds a row. Traps unless it has a cell for each column.
  mutating func append(_ row: [Cell]) {
    precondition(row.count == columns.count, "\(row.count) cells for \(columns.count) columns")
    rows.append(row)
  }

  /// Returns the whole table in `format`, with a line end after the last line. An empty table is only its heading, an
  /// empty JSON array or a CSV header. A table for people is fitted to `terminal`, if there is one.
  func formatted(as format: OutputFormat, for terminal: Terminal? = nil) -> String {
    switch format {
    case .table: alignedText(for: terminal)
    case .json: jsonText()
    case .csv: csvText()
    }
  }

  /// Writes the table to standard output.
  func write(as format: OutputFormat) throws {
    try StandardOutput.write(formatted(as: format, for: Terminal.ofOutput))
  }
}
