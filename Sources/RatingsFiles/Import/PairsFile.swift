import Errors
import Ratings

/// A file of pairs of a user and an item, such as `user,item` lines of CSV, read one by one in O(1) memory.
///
/// A first line that names a user column and an item column is a header; otherwise the first two columns are
/// user and item.
package struct PairsFile {
  /// The content of a line.
  package enum Event: Sendable {
    case pair(user: String, item: String)
    /// A line without a pair, and the reason.
    case badLine(RatingsFileError)
    case end
  }

  private var records: RecordReader
  private var user = 0
  private var item = 1
  private var columnCount = 2
  private let dialect: Dialect

  /// Opens the file at `path`, `-` for standard input. Throws if it can't be read, is not plain text, or has
  /// fewer than two columns.
  package init(path: String) throws(RatingsFileError) {
    let input = try InputFile(path: path, encoding: nil)
    let sample = try FileSample(of: input)
    let dialect = sample.isJSON ? nil : sample.dialect(DialectOptions())
    let first = dialect.flatMap { sample.records($0, limit: 1).rows.first } ?? []
    guard let dialect, first.count >= 2 else {
      guard sample.linesWhenEmpty != nil else {
        throw RatingsFileError(
          .noDelimiter, "no line has two columns, a user and an item",
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

  /// Reads the next line. Throws if reading can't continue.
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
