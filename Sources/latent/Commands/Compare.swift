import ArgumentParser
import Evaluation
import Jobs

/// `latent compare`: tests which of two versions is better.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare two versions on the same held-out ratings.",
    discussion: """
      The held-out ratings are those of the first version's split, applied to the store's current ratings. A \
      difference is how much better the first version is, negative if it is worse. Its 95 % interval is a bootstrap \
      interval from 2,000 resamples of users, the same for both versions. A version is better if the whole \
      interval is on its side; if neither is, the difference may be chance.
      """)

  @Argument(help: ArgumentHelp("The first version.", valueName: "version"))
  var first: Int
  @Argument(help: ArgumentHelp("The second version.", valueName: "other"))
  var second: Int

  @OptionGroup var store: StoreOptions
  @OptionGroup var model: ModelOptions
  @OptionGroup var judging: JudgingOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let judged = try judging.judge([first, second], model, store, besideBaselines: false)
    let reports = judged.answers(for: Metric.detailed).map { $0.report() }
    var table = ResultTable([
      "metric", .init("first", heading: reports[0].name), .init("second", heading: reports[1].name),
      "difference", "low", "high", "better",
    ])
    for metric in Metric.detailed {
      let figures = reports.map { $0[metric] }
      guard figures.contains(where: { $0 != nil }) else { continue }
      let gain = reports[0].gain(over: reports[1], by: metric, threadCount: judging.threads.count)
      let measured =
        figures + [gain?.estimate, gain?.interval?.lowerBound, gain?.interval?.upperBound]
      table.append(
        [.text(metric.name)] + measured.map { .optional($0, decimals: 4) } + [
          .optional(better(gain))
        ])
    }
    try table.write(as: output.format)
  }

  private func better(_ gain: Gain?) -> String? {
    guard let interval = gain?.interval else { return nil }
    if interval.lowerBound > 0 { return "version \(first)" }
    return interval.upperBound < 0 ? "version \(second)" : nil
  }
}
