import ArgumentParser
import Errors
import Evaluation
import Interactions
import Jobs
import ModelRegistry
import Ratings
import Recommenders

/// `latent evaluate`: evaluates a version, with confidence intervals.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Evaluate a version on held-out ratings, in detail and by slices.",
    discussion: """
      Uses the store's current ratings and the split of the version's run, \
      so that with a random split the held-out ratings are ones that the version has not seen, including newer ones. \
      Lists are ranked over the whole catalogue. Intervals are 95 % bootstrap intervals from 2,000 resamples of users. \
      --slices separates users with many and with few ratings, the newest users, and rare items; --by genre slices items \
      by the values of an attribute (with more than 50 values, the rarest are one slice). A slice has the same training \
      ratings but fewer of the held-out ones: items in a list that are relevant outside of the slice count as misses. \
      For a model with prediction intervals, inInterval@90 is the share of held-out ratings within their 90 % interval, \
      and intervalWidth@90 is the mean width.

      --folds and --model evaluate a kind of model instead of a version: the ratings are divided by a hash, and for each \
      fold the model is trained on all others and evaluated on it, including its intervals. Errors are over all ratings, \
      lists are those of each user in each fold. Nothing is written.
      """)

  @Argument(
    help: ArgumentHelp("The version (default: the one in service).", valueName: "version"))
  var version: Int?

  @Flag(help: "Also evaluate slices of users and items.")
  var slices = false

  @Option(
    help: ArgumentHelp(
      "Also evaluate slices of items by the values of this attribute.", valueName: "attribute"))
  var by: String?

  @Option(
    help: ArgumentHelp(
      "Also write a report as an HTML page, with metrics, slices, curves, the long tail, a map of items and the lists "
        + "of five users.", valueName: "file.html"))
  var report: String?

  @OptionGroup var folding: FoldOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var model: ModelOptions
  @OptionGroup var judging: JudgingOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard folding.isGiven else { return }
    for (name, isThere) in [
      ("a version", version != nil), ("--slices", slices), ("--by", by != nil),
      ("--report", report != nil),
    ] where isThere {
      throw ValidationError(
        "\(name) does not go with --folds and --model, which evaluate a kind of model.")
    }
  }

  func run() throws {
    guard !folding.isGiven else {
      let validation = try folding.judge(store, judging)
      try FoldOptions.table(of: validation, threadCount: judging.threads.count)
        .write(as: output.format)
      return
    }
    let page = try report.map { try ReportFile($0) }
    let judged = try judging.judge(
      [version ?? model.versionInService()], model, store, besideBaselines: true,
      keepingTimes: slices || page != nil)
    StandardError.write(judged.words + "\n")
    let answers = judged.answers(for: Metric.detailed)
    let named = try namedSlices(of: judged)
    let common = slices || page != nil ? judged.ratings.slices() : []
    try page?.write(
      judged, answers, slices: common + named, threadCount: judging.threads.count)
    try table(of: judged, answers, slices: (slices ? common : []) + named)
      .write(as: output.format)
  }

  /// Returns the slices by the values of `--by`.
  private func namedSlices(of judged: JudgedVersions) throws -> [Slice] {
    guard let by else { return [] }
    let slices = judged.ratings.slices(by: by) { judged.items[$0]?.attributes ?? [] }
    guard !slices.isEmpty else {
      throw CommandFailure(
        "no item that was held out has an attribute '\(by)'",
        remedy: NearestText.nearest(
          to: by, among: Set(judged.items.values.flatMap { $0.attributes.map(\.name) })
        ).map { "Did you mean \($0)?" } ?? "`latent items` shows which there are.")
    }
    return slices
  }

  private func table(
    of judged: JudgedVersions, _ answers: [ModelAnswers], slices: [Slice]
  ) -> ResultTable {
    let whole = answers.map { $0.report() }
    let others = whole.dropFirst().map(\.name)
    var table = ResultTable(
      [
        .init("slice", fit: .wrapped), .init("held_out", heading: "held out"), "metric",
        .init("value", heading: whole[0].name), "low", "high",
      ] + others.map { .init($0) } + (output.format == .table ? [] : ["version"]), labelCount: 3)
    let version: [ResultTable.Cell] =
      output.format == .table ? [] : [.optional(judged.runs[0].version)]
    func append(_ slice: String, heldOut: Int, _ reports: [ModelReport]) {
      for metric in Metric.detailed {
        guard let value = reports[0][metric] else { continue }
        let interval = reports[0].interval(of: metric, threadCount: judging.threads.count)
        table.append(
          [
            .text(slice), .integer(heldOut), .text(metric.name),
            .number(value, decimals: 4), .optional(interval?.lowerBound, decimals: 4),
            .optional(interval?.upperBound, decimals: 4),
          ] + reports.dropFirst().map { .optional($0[metric], decimals: 4) }
            + version)
      }
    }
    func append(_ slice: String, _ coverage: HeldOutIntervals.Coverage?) {
      guard let coverage else { return }
      for figure in coverage.figures {
        table.append(
          [
            .text(slice), .integer(coverage.count), .text(figure.name),
            .number(figure.value, decimals: 4),
            .optional(figure.interval?.lowerBound, decimals: 4),
            .optional(figure.interval?.upperBound, decimals: 4),
          ] + others.map { _ in .optional(nil, decimals: 4) } + version)
      }
    }
    let (intervals, threadCount) = (judged.intervals, judging.threads.count)
    append("all", heldOut: judged.ratings.heldOut.count, whole)
    append("all", intervals?.coverage(threadCount: threadCount))
    for part in slices {
      append(
        part.name, heldOut: part.positions.count,
        answers.map { $0.report(on: part) { [.rmse, .ndcgAt10, .recallAt20].contains($0) } })
      append(part.name, intervals?.coverage(on: part, threadCount: threadCount))
    }
    return table
  }
}

extension JudgedVersions {
  /// The version that is evaluated, and on which ratings, in words.
  fileprivate var words: String {
    let (run, version) = (runs[0], models[0])
    let formula = version.model.transform.formula.map { "; errors are of \($0)" } ?? ""
    return
      "evaluating \(version.name) of \(run.modelName), \(run.kinds.joined(separator: " and ")), on "
      + "\(ratings.heldOut.count) held-out ratings of \(ratings.heldOut.ratings.userCount) users\(formula)"
  }
}
