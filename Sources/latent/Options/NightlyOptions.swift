import ArgumentParser
import Foundation
import Ratings

/// Options of a nightly run that don't depend on its commands: retries and notification.
struct NightlyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How long to retry while the store is unavailable (default: 30m); 0s: not at all.",
      valueName: "period"), transform: { try Period(reading: $0) })
  var retryFor: Period?

  @Option(
    help: ArgumentHelp(
      "The pause before the first retry, doubled each time up to 5m (default: 5s).",
      valueName: "period"), transform: { try Period(reading: $0) })
  var retryWait: Period?

  @Option(
    help: ArgumentHelp(
      "A shell command to run when the run has ended, with the run's record as JSON on standard input.",
      valueName: "command"))
  var notifyCommand: String?

  @Option(
    help: ArgumentHelp(
      "An HTTP URL to post the same JSON to (default: LATENT_WEBHOOK). Needs curl.",
      valueName: "url"))
  var notifyWebhook: String?

  @Option(
    help: ArgumentHelp(
      "A file whose first line is that URL, to keep the secret out of the configuration.",
      valueName: "file"))
  var notifyWebhookFile: String?

  @Option(
    help: ArgumentHelp(
      "The time limit of each notification (default: 30s).", valueName: "period"),
    transform: { try Period(reading: $0) })
  var notifyTimeout: Period?

  /// Returns how to notify of the run's end. Throws if the file with the URL can't be read or holds none.
  func notification() throws -> NightlyNotification {
    NightlyNotification(
      command: notifyCommand, webhook: try webhook(),
      limit: notifyTimeout?.duration ?? .seconds(30))
  }

  private func webhook() throws -> Webhook? {
    let named = ProcessInfo.processInfo.environment["LATENT_WEBHOOK"] ?? ""
    var text = notifyWebhook ?? (named.isEmpty ? nil : named)
    var place = notifyWebhook == nil ? "LATENT_WEBHOOK" : "--notify-webhook"
    if let file = notifyWebhookFile {
      place = file
      guard let handle = FileHandle(forReadingAtPath: file),
        let data = try? handle.read(upToCount: 8192)
      else {
        throw CommandFailure(
          "\(file), of --notify-webhook-file, can't be read",
          remedy: "Name a file that can be read.")
      }
      text =
        String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).first
        .map { String($0) } ?? ""
    }
    guard let text else { return nil }
    guard let webhook = Webhook(text) else {
      throw CommandFailure(
        "\(place) holds no HTTP URL",
        remedy: "Write https://HOST/PATH, without spaces and quotes.")
    }
    return webhook
  }

  /// How long to wait for the store.
  var patience: StorePatience {
    StorePatience(
      limit: retryFor?.duration ?? .seconds(1800), firstPause: retryWait?.duration ?? .seconds(5))
  }

  func validate() throws {
    for (name, period) in [("retry-wait", retryWait), ("notify-timeout", notifyTimeout)] {
      if let period, period.seconds < 1 {
        throw ValidationError("--\(name) must be at least 1s.")
      }
    }
    if notifyWebhook != nil, notifyWebhookFile != nil {
      throw ValidationError(
        "--notify-webhook and --notify-webhook-file exclude each other: give one.")
    }
    if let notifyWebhook, Webhook(notifyWebhook) == nil {
      throw ValidationError(
        "--notify-webhook is not an HTTP URL: write https://HOST/PATH, without spaces and quotes."
      )
    }
  }
}
