import ArgumentParser
import Foundation
import Ratings

/// How a nightly run goes about its work, whatever that is.
struct NightlyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How long to try again while the store is away (default: 30m); 0s: not at all.",
      valueName: "period"), transform: { try Period(reading: $0) })
  var retryFor: Period?

  @Option(
    help: ArgumentHelp(
      "The pause before the second attempt, then twice as long each time, up to 5m (default: 5s).",
      valueName: "period"), transform: { try Period(reading: $0) })
  var retryWait: Period?

  @Option(
    help: ArgumentHelp(
      "A shell's command that is told how the run ended: its record comes as JSON on standard input.",
      valueName: "command"))
  var notifyCommand: String?

  @Option(
    help: ArgumentHelp(
      "An address of HTTP that the same is posted to (default: LATENT_WEBHOOK). Needs curl.",
      valueName: "url"))
  var notifyWebhook: String?

  @Option(
    help: ArgumentHelp(
      "A file whose first line is that address, as for who keeps secrets out of configurations.",
      valueName: "file"))
  var notifyWebhookFile: String?

  @Option(
    help: ArgumentHelp(
      "How long each of them may take (default: 30s).", valueName: "period"),
    transform: { try Period(reading: $0) })
  var notifyTimeout: Period?

  /// Who is told how it ended. Throws where the file of the address can't be read, or holds none.
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
          remedy: "Name a file that may be read.")
      }
      text =
        String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).first
        .map { String($0) } ?? ""
    }
    guard let text else { return nil }
    guard let webhook = Webhook(text) else {
      throw CommandFailure(
        "\(place) holds no address of HTTP",
        remedy: "Write https://HOST/PATH, without spaces and quotes.")
    }
    return webhook
  }

  /// How long the store is waited for.
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
      throw ValidationError("--notify-webhook and --notify-webhook-file are one address: give one.")
    }
    if let notifyWebhook, Webhook(notifyWebhook) == nil {
      throw ValidationError(
        "--notify-webhook is no address of HTTP: write https://HOST/PATH, without spaces and quotes."
      )
    }
  }
}
