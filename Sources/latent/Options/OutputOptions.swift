import ArgumentParser

/// How a command's answer is written.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  /// Aligned columns for people.
  case table
  /// An array of objects, one a row; numbers unrounded.
  case json
  /// RFC 4180, with a header; numbers unrounded.
  case csv
}

/// The format of a command's answer on standard output.
struct OutputOptions: ParsableArguments {
  @Option(help: ArgumentHelp("How to write the answer: table, json or csv.", valueName: "format"))
  var format = OutputFormat.table
}
