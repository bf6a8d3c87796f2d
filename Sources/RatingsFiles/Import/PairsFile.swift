import Errors
import Ratings

/// A file of pairs of a user and an item, such as `user,item` lines of CSV, to be asked about one after the
/// other: O(1) memory.
///
/// A first line that names a column of users and one of items is a header; else the first two columns are
/// the two.
package struct PairsFile {
  /// What a line holds.
  package enum Event: Sendable {
    case pair(user: String, item: String)
    /// A line that holds no pair, and why.
    case badLine(RatingsFileError)
    case end
  }

  private var records: RecordReader
  private var user = 0
  private var item = 1
  private var columnCount = 2
  private let dialect: Dialect

  /// Opens the file at `path`, `-` for standard input. Throws when it can't be read, is no plain text, or
  /// has no two columns.
  package init(path: String) throws(RatingsFileError) {
    let input = try InputFile(path: path, encoding: nil)
    let sample = try FileSample(of: input)
    let dialect = sample.isJSON ? nil : sample.dialect(DialectOptions())
    let first = dialect.flatMap { sample.records($0, limit: 1).rows.first } ?? []
    guard let dialect, first.count >= 2 else {
      guard sample.linesWhenEmpty != nil else {
        throw RatingsFileError(
          .noDelimiter, "no line of it has two columns, a user and an item",
          place: FilePlace(file: sample.name), remedy: "Write lines such as USER,ITEM.")
      }
      self.dialect = Dialect(delimiter: .comma, quoting: .none)
      records = try RecordReader(input, self.dialect)
      return
    }
    self.dialect = dialect
    records = try RecordReader(input, dialect)
    columnCount = first.count
    let hasSeparatorLine = sample.statedDelimiter != nil
    let roles = first.map { RatingColumnName($0)?.role }
    let named = (user: roles.firstIndex(of: .user), item: roles.firstIndex(of: .item))
    if let user = named.user, let item = named.item {
      (self.user, self.item) = (user, item)
      try records.takeHeader(behindSeparator: hasSeparatorLine, hasNames: true)
    } else {
      try records.takeHeader(behindSeparator: hasSeparatorLine, hasNames: false)
    }
  }

  /// Goes to the next line. Throws where reading can't go on.
  package mutating func next() throws(RatingsFileError) -> Event {
    switch try records.next() {
    case .end: return .end
    case .fault(let fault): return .badLine(records.error(for: fault, header: nil))
    case .record:
      guard records.fields.count == columnCount,
        let user = text(user), let item = text(item)
      else {
        let fault =
          records.fields.count == columnCount
          ? LineFault.notUTF8
          : .columnCount(
            records.fields.count, instead: columnCount,
            .delimited(dialect, hasSeparatorLine: false))
        return .badLine(records.error(for: fault, header: nil))
      }
      return .pair(user: user, item: item)
    }
  }

  private func text(_ column: Int) -> String? {
    FieldText.decoded(records.bytes.span, records.fields[column])
  }
}
