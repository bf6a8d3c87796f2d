import ArgumentParser
import RatingsFiles

/// How files of ratings and of items are laid out, where that is not to be found out.
struct LayoutOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Which columns of ratings hold what, by name or by number from 1: "
        + "user=userId,item=movieId,value=rating,time=timestamp.",
      valueName: "columns"),
    transform: { try RatingsColumns($0) })
  var columns: RatingsColumns?

  @Option(
    help: ArgumentHelp(
      "Which columns of items hold what; others are not read: id=book_id,title=title,genre=genres.",
      valueName: "columns"),
    transform: { try ItemsColumns($0) })
  var itemColumns: ItemsColumns?

  @Option(
    help: ArgumentHelp(
      "What separates columns: one or two characters, or tab.", valueName: "text"),
    transform: { text in
      guard let delimiter = Delimiter(text) else {
        throw ValidationError("write one or two signs such as ; or ::, or tab")
      }
      return delimiter
    })
  var delimiter: Delimiter?

  @Option(
    help: ArgumentHelp(
      "What quotes mean: none (nothing), double (\"\" is a quote within quotes) or backslash (\\\" is).",
      valueName: "kind"))
  var quote: Quoting?

  @Option(
    help: ArgumentHelp(
      "How characters are written, where no byte order mark says so and it is not utf-8.",
      valueName: "name"))
  var encoding: TextEncoding?

  @Option(help: ArgumentHelp("What stands before decimals.", valueName: "sign"))
  var decimal: DecimalSign?

  @Flag(inversion: .prefixedNo, help: "Whether the first line names the columns.")
  var header: Bool?

  @Option(
    help: ArgumentHelp(
      "What times count since 1970, else it is found out; dates in ISO 8601 are understood as well.",
      valueName: "unit"))
  var timeUnit: TimeUnit?

  /// The same for the reader of ratings.
  var options: RatingsFileOptions {
    RatingsFileOptions(
      dialect, decimal: decimal, hasHeader: header, columns: columns, timeUnit: timeUnit)
  }

  /// The same for the reader of items. What is said of a file of ratings does not hold for one of items
  /// beside it, but for the encoding.
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
