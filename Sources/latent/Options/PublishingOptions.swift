import ArgumentParser
import Evaluation
import Ratings

/// Whether to put a new version in service, and the checks that it must pass.
struct PublishingOptions: ParsableArguments {
  @Flag(help: "Put the new version in service.")
  var publish = false

  @Flag(
    name: [.customLong("unless-worse"), .customLong("if-better")],
    help: ArgumentHelp(
      "With --publish: refuse the version (exit code 3) if it is worse than the one in service or the best of the last "
        + "\(PublishingPolicy.recentDays) days."))
  var unlessWorse = false

  @Option(
    help: ArgumentHelp(
      "With --publish: how much worse, by the metric, the version may be than a baseline or, with --unless-worse, "
        + "than another version.", valueName: "difference"))
  var margin: Double?

  @Option(
    help: ArgumentHelp(
      "With --unless-worse: publish even a worse version if the one in service has been there for this "
        + "long, such as 7d or 36h.", valueName: "period"), transform: { try Period(reading: $0) })
  var maxAge: Period?

  @Flag(
    help:
      "With --publish: publish even if a baseline is better, or if there is too little data to evaluate the model."
  )
  var force = false

  func validate() throws {
    if unlessWorse && !publish { throw ValidationError("--unless-worse goes with --publish.") }
    if margin != nil && !publish { throw ValidationError("--margin goes with --publish.") }
    if maxAge != nil && !unlessWorse {
      throw ValidationError("--max-age goes with --unless-worse.")
    }
    if let margin, !(margin >= 0 && margin.isFinite) {
      throw ValidationError("--margin must be 0 or above.")
    }
    if force && !publish { throw ValidationError("--force goes with --publish.") }
  }

  /// Returns the checks that the version must pass, by `metric`; nil without `--publish`.
  func policy(by metric: Metric?) -> PublishingPolicy? {
    guard publish else { return nil }
    return PublishingPolicy(
      by: metric, comparesWithService: unlessWorse, margin: margin ?? 0,
      mostAge: maxAge?.duration, isForced: force)
  }
}
