import Errors
import Foundation
import ModelRegistry
import Ratings

/// The notification at the end of a nightly run.
struct NightlyNotification {
  /// The shell command, which gets the record on standard input; nil for none.
  let command: String?
  let webhook: Webhook?
  let limit: Duration

  /// Sends all notifications of `run`. Failures are logged and returned, and have no other effect.
  @discardableResult
  func tell(of run: NightlyRun) -> [NightlyRun.Notice] {
    let json = run.encodedJSON()
    var notices: [NightlyRun.Notice] = []
    if let command {
      notices.append(.init(way: "command", failure: Self.run(command, with: json, within: limit)))
    }
    if let webhook {
      notices.append(.init(way: "webhook", failure: webhook.post(json, within: limit)))
    }
    for notice in notices {
      guard let failure = notice.failure else { continue }
      StandardError.note(
        "nightly: warning: the notification by \(notice.way) may have failed: \(failure)")
    }
    return notices
  }

  /// Runs the command. Returns why it failed; nil if it succeeded.
  private static func run(_ command: String, with json: String, within limit: Duration) -> String? {
    let shell = TimedProgram(path: "/bin/sh", arguments: ["-c", command], limit: limit)
    let (ending, output) = shell.run(input: json + "\n")
    let said = output.split(separator: "\n").joined(separator: " ")
    let tail = said.isEmpty ? "" : ": " + ProgramArguments.redaction(Excerpt.of(said))
    return switch ending {
    case .exited(0): nil
    case .exited(let code): "it exited with \(code)\(tail)"
    case .killed(let signal): "it was killed by signal \(signal)\(tail)"
    case .tookTooLong: "it took longer than \(Int(limit / .seconds(1))) s, and was killed\(tail)"
    case .notStarted(let reason): "it can't be started: \(reason)"
    }
  }
}
