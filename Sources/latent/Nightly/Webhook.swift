import Errors
import Foundation

/// An HTTP URL to notify at the end of a nightly run. It uses curl, with the system's certificates and proxies. Often
/// anybody who knows the URL may post to it: it is a secret, and appears in no command line, message or record.
struct Webhook {
  private let url: String

  /// The URL in messages: `https://hooks.example.com/***`.
  var description: String { Self.shown(url) }

  /// Returns nil unless `text` is an HTTP URL that curl accepts without escaping.
  init?(_ text: String) {
    guard text.wholeMatch(of: #/https?:\/\/[^\s\/"\\]+[^\s"\\]*/#) != nil,
      URLComponents(string: text)?.host?.isEmpty == false
    else { return nil }
    url = text
  }

  /// Returns the URL without its secret parts.
  static func shown(_ url: String) -> String {
    guard let match = url.firstMatch(of: #/^(https?):\/\/(?:[^\/?#]*@)?([^\/?#@]+)/#) else {
      return "***"
    }
    return "\(match.1)://\(match.2)/***"
  }

  /// The maximum number of attempts, and the pause between them.
  private static let mostAttempts = 3
  private static let pause = Duration.seconds(1)

  /// Posts `json` within `limit`, retrying after temporary failures. Returns why it failed; nil if it succeeded.
  func post(_ json: String, within limit: Duration) -> String? {
    let deadline = ContinuousClock.now + limit
    var attempt = 1
    while true {
      guard let failure = tryToPost(json, within: deadline - ContinuousClock.now) else {
        return nil
      }
      let rest = deadline - ContinuousClock.now - Self.pause
      guard failure.mayPass, attempt < Self.mostAttempts, rest >= .seconds(1) else {
        return failure.reason
      }
      attempt += 1
      Thread.sleep(forTimeInterval: Self.pause / .seconds(1))
    }
  }

  /// Posts `json` once.
  private func tryToPost(
    _ json: String, within limit: Duration
  ) -> (reason: String, mayPass: Bool)? {
    let seconds = max(1, Int(limit / .seconds(1)))
    let curl = TimedProgram(
      path: "/usr/bin/env",
      arguments: [
        "curl", "--disable", "--globoff", "--silent", "--show-error", "--proto", "=http,https",
        "--max-time",
        "\(seconds)", "--connect-timeout", "\(min(10, seconds))", "--output", "/dev/null",
        "--write-out", "\n%{http_code}", "--config", "-",
      ], limit: limit)
    let (ending, output) = curl.run(input: instructions(for: json))
    let lines = output.split(separator: "\n")
    let status = lines.last.flatMap { Int($0) } ?? 0
    switch ending {
    case .exited(0) where (200...299).contains(status): return nil
    case .exited(0):
      return ("it answered with status \(status)", status >= 500 || status == 429)
    case .exited(127): return ("there is no curl: install it", false)
    case .exited:
      let said = lines.filter { Int($0) == nil }.joined(separator: " ")
      return (said.isEmpty ? "curl failed" : redacted(said), true)
    case .killed(let signal): return ("curl was killed by signal \(signal)", false)
    case .tookTooLong: return ("it took longer than \(seconds) s", false)
    case .notStarted(let reason): return ("curl can't be started: \(reason)", false)
    }
  }

  /// Returns curl's configuration, which it reads from standard input, where nobody else can see it.
  private func instructions(for json: String) -> String {
    let escaped = json.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return """
      url = "\(url)"
      header = "Content-Type: application/json"
      header = "Expect:"
      user-agent = "latent/\(latentVersion)"
      data-raw = "\(escaped)"

      """
  }

  /// Returns `message` without the secret parts of the URL.
  private func redacted(_ message: String) -> String {
    guard let host = url.firstMatch(of: #/^https?:\/\/(?:[^\/?#]*@)?[^\/?#@]+/#) else {
      return "curl failed"
    }
    return message.replacing(url, with: description)
      .replacing(url[host.range.upperBound...], with: "/***")
  }
}
