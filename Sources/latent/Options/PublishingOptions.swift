import ArgumentParser
import Evaluation
import Ratings

/// Whether a new version goes in service, and what it must pass for that.
struct PublishingOptions: ParsableArguments {
  @Flag(help: "Put the new version in service.")
  var publish = false

  @Flag(
    name: [.customLong("unless-worse"), .customLong("if-better")],
    help: ArgumentHelp(
      "With --publish: not if it is worse than the version in service or the best of the last "
        + "\(PublishingPolicy.recentDays) days; then exit 3."))
  var unlessWorse = false

  @Option(
    help: ArgumentHelp(
      "With --publish: how much worse by the metric is let pass, than a baseline or, with --unless-worse, "
        + "than another version.", valueName: "difference"))
  var margin: Double?

  @Option(
    help: ArgumentHelp(
      "With --unless-worse: publish a worse one, too, when the one in service has been there for that "
        + "long, such as 7d or 36h.", valueName: "period"), transform: { try Period(reading: $0) })
  var maxAge: Period?

  @Flag(
    help: "With --publish: even if a baseline is better, or too little is there to judge by.")
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

  /// What the version must pass by `metric`; nil when it need not go in service.
  func policy(by metric: Metric?) -> PublishingPolicy? {
    guard publish else { return nil }
    return PublishingPolicy(
      by: metric, comparesWithService: unlessWorse, margin: margin ?? 0,
      mostAge: maxAge?.duration, isForced: force)
  }
}
