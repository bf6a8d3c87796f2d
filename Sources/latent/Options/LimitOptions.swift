import ArgumentParser

/// How much of a long answer is wanted.
struct LimitOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The greatest number of rows.", valueName: "number"))
  var limit = 20

  func validate() throws {
    guard limit > 0 else { throw ValidationError("--limit must be at least 1.") }
  }
}
