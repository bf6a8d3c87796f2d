import ArgumentParser

/// How much of a long answer is wanted.
struct CountOptions: ParsableArguments {
  @Option(
    name: .customLong("count"),
    help: ArgumentHelp(
      "The greatest number of rows (default: 20; of ranked items 10).", valueName: "number"))
  private var wantedCount: Int?
  /// Another name for the same, which many expect.
  @Option(name: .customLong("limit"), help: .hidden)
  private var limit: Int?

  /// How many rows are wanted, when that was said.
  var given: Int? { wantedCount ?? limit }

  /// How many rows are wanted at most.
  var count: Int { given ?? 20 }

  /// How many ranked items are wanted at most.
  var rankedCount: Int { given ?? 10 }

  func validate() throws {
    guard wantedCount == nil || limit == nil else {
      throw ValidationError("--limit is another name for --count: give one of them.")
    }
    guard count > 0 else { throw ValidationError("--count must be at least 1.") }
  }

  /// How many rows to ask for in order to see whether there are more than are wanted.
  var probe: Int { count == .max ? .max : count + 1 }

  /// Says to a person who reads a table that of the `found` rows which ``probe`` brought, each a
  /// `noun` (`of` something), not all are shown: out of `total`, where that is known.
  func noteCut(
    _ found: Int, _ noun: String, of whole: String = "", _ format: OutputFormat,
    total: @autoclosure () throws -> Int?
  ) rethrows {
    guard found > count, format == .table else { return }
    let first = count == 1 ? "the first \(noun)" : "the first \(count) \(noun)s"
    let shown = try total().map { "\(count) of \($0) \(noun)s" } ?? first + whole
    StandardError.write("\(shown); --count N shows more\n")
  }
}
