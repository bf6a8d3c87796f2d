import ArgumentParser

/// How much of a long answer is wanted.
struct LimitOptions: ParsableArguments {
  @Option(
    name: [.long, .customLong("limit")],
    help: ArgumentHelp("The greatest number of rows.", valueName: "number"))
  var count = 20

  func validate() throws {
    guard count > 0 else { throw ValidationError("--count must be at least 1.") }
  }

  /// How many rows to ask for in order to see whether there are more than are wanted.
  var probe: Int { count == .max ? .max : count + 1 }

  /// Says to a person who reads a table that of the `found` rows which ``probe`` brought not all are
  /// shown: out of `total`, where that is known.
  func noteCut(
    _ found: Int, _ what: String, _ format: OutputFormat,
    total: @autoclosure () throws -> Int?
  ) rethrows {
    guard found > count, format == .table else { return }
    let shown = try total().map { "\(count) of \($0) \(what)" } ?? "the first \(count) \(what)"
    StandardError.write("\(shown); --count N shows more\n")
  }
}
