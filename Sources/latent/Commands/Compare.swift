import ArgumentParser
import Evaluation
import Jobs

/// `latent compare`: which of two versions is better, and whether that may be chance.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compares two versions on the same held-out ratings.",
    discussion: """
      Held out is what the first version's run held out, of the store's ratings as they are now. A \
      difference is how much better the first version is, negative where it is worse, and its interval holds \
      it with a probability of 95 %: users are drawn anew 2,000 times, the same for both versions. Better \
      is the version for which the whole interval speaks; none where it may be chance.
      """)

  @Argument(help: ArgumentHelp("The one version.", valueName: "version"))
  var first: Int
  @Argument(help: ArgumentHelp("The other.", valueName: "other"))
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
