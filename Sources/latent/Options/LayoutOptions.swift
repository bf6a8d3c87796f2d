import ArgumentParser
import RatingsFiles

/// The format of files of ratings and items, where it is not to be detected.
struct LayoutOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The columns of ratings, by name or by number from 1: "
        + "user=userId,item=movieId,value=rating,time=timestamp.",
      valueName: "columns"),
    transform: { try RatingsColumns($0) })
  var columns: RatingsColumns?

  @Option(
    help: ArgumentHelp(
      "The columns of items; others are not read: id=book_id,title=title,genre=genres.",
      valueName: "columns"),
    transform: { try ItemsColumns($0) })
  var itemColumns: ItemsColumns?

  @Option(
    help: ArgumentHelp(
      "The column separator: one or two characters, or tab.", valueName: "text"),
    transform: { text in
      guard let delimiter = Delimiter(text) else {
        throw ValidationError("write one or two characters such as ; or ::, or tab")
      }
      return delimiter
    })
  var delimiter: Delimiter?

  @Option(
    help: ArgumentHelp(
      "The quoting: none, double (\"\" is a quote within quotes) or backslash (\\\" is a quote within quotes).",
      valueName: "kind"))
  var quote: Quoting?

  @Option(
    help: ArgumentHelp(
      "The character encoding, if the file is not UTF-8 and has no byte order mark.",
      valueName: "name"))
  var encoding: TextEncoding?

  @Option(help: ArgumentHelp("The decimal sign.", valueName: "sign"))
  var decimal: DecimalSign?

  @Flag(inversion: .prefixedNo, help: "Whether the first line names the columns.")
  var header: Bool?

  @Option(
    help: ArgumentHelp(
      "The unit of times since 1970 (detected by default); dates in ISO 8601 are understood as well.",
      valueName: "unit"))
  var timeUnit: TimeUnit?

  /// The options for the reader of ratings.
  var options: RatingsFileOptions {
    RatingsFileOptions(
      dialect, decimal: decimal, hasHeader: header, columns: columns, timeUnit: timeUnit)
  }

  /// Returns the options for the reader of items. Options for a file of ratings do not apply to a file of items beside
  /// it, except for the encoding.
  func itemsOptions(isAlone: Bool) -> ItemsFileOptions {
    ItemsFileOptions(
      isAlone ? dialect : DialectOptions(encoding: encoding), hasHeader: isAlone ? header : nil,
      columns: itemColumns)
  }

  private var dialect: DialectOptions {
    DialectOptions(delimiter: delimiter, quoting: quote, encoding: encoding)
  }
}

extension TimeUnit: ExpressibleByArgument {}
extension Quoting: ExpressibleByArgument {}
extension TextEncoding: ExpressibleByArgument {}
extension DecimalSign: ExpressibleByArgument {}
