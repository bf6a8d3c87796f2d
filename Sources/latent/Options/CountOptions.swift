import ArgumentParser

/// The maximum number of rows of an answer.
struct CountOptions: ParsableArguments {
  @Option(
    name: .customLong("count"),
    help: ArgumentHelp(
      "The maximum number of rows (default: 10 for ranked lists, else 20).", valueName: "number"))
  private var wantedCount: Int?
  /// A synonym of `--count` that many expect.
  @Option(name: .customLong("limit"), help: .hidden)
  private var limit: Int?

  /// The number of rows that was asked for; nil if none was.
  var given: Int? { wantedCount ?? limit }

  /// The maximum number of rows.
  var count: Int { given ?? 20 }

  /// The maximum number of ranked items.
  var rankedCount: Int { given ?? 10 }

  func validate() throws {
    guard wantedCount == nil || limit == nil else {
      throw ValidationError("--limit is another name for --count: give one of them.")
    }
    guard count > 0 else { throw ValidationError("--count must be at least 1.") }
  }

  /// The number of rows to fetch in order to find out whether there are more than ``count``.
  var probe: Int { count == .max ? .max : count + 1 }

  /// Tells the reader of a table that not all rows are shown, out of `total` if that is known. `found` is the number of
  /// rows that ``probe`` returned, each a `noun` (`of` something).
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
