import ArgumentParser
import RatingsFiles

/// How files of ratings are laid out, where that is not to be found out.
struct LayoutOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Which columns hold what, by name or by number from 1: "
        + "user=userId,item=movieId,value=rating,time=timestamp.",
      valueName: "columns"),
    transform: { try RatingsColumns($0) })
  var columns: RatingsColumns?

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

  @Flag(inversion: .prefixedNo, help: "Whether the first line names the columns.")
  var header: Bool?

  @Option(
    help: ArgumentHelp(
      "What times count since 1970: s, ms or us; dates in ISO 8601 are understood as well.",
      valueName: "unit"))
  var timeUnit = TimeUnit.seconds

  /// The same for the reader.
  var options: RatingsFileOptions {
    RatingsFileOptions(
      delimiter: delimiter, hasHeader: header, columns: columns, timeUnit: timeUnit)
  }
}

extension TimeUnit: ExpressibleByArgument {}
