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

    /// What becomes of its texts where a terminal is too narrow for the table.
    enum Fit {
      /// They stay on one line, unless that alone takes more than half the width.
      case whole
      /// They are cut.
      case cut
      /// They go on in further lines.
      case wrapped
    }

    /// `heading` is the key itself unless given.
    init(_ key: String, heading: String? = nil, fit: Fit = .whole) {
      self.key = key
      self.heading = heading ?? key
      self.fit = fit
    }

    init(stringLiteral key: String) { self.init(key) }

    /// Titles, which may be as long as a line.
    static let title = Column("title", fit: .cut)
  }

  /// One cell. Numbers are shown to `decimals` places in a table and in full elsewhere.
  enum Cell {
    case text(String)
    case integer(Int)
    case number(Double, decimals: Int)
    case list([String])
    case missing

    /// A learning rate in three digits, whatever its size.
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
  /// How many of the first columns say what a row is of: where columns have no room beside others and stand
  /// below, those stand there again.
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

  /// The whole table in `format`, with a line end behind the last line. An empty table is its
  /// heading alone, an empty JSON array or a CSV header. A table is made to fit `terminal`, if it is
  /// for one.
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
