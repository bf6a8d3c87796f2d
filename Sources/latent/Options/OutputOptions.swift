import ArgumentParser

/// The format of a command's output.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  /// Aligned columns for people.
  case table
  /// An array of objects, one per row; numbers unrounded.
  case json
  /// RFC 4180, with a header; numbers unrounded.
  case csv
}

/// The option for the format of a command's output on standard output.
struct OutputOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The output format: table, json or csv.", valueName: "format"))
  var format = OutputFormat.table
}
