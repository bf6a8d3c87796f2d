import Foundation

/// What whoever watches a daemon sees of it: `/healthz`, asked twice a second, on a connection of its own each time.
struct HealthProbe {
  /// How often it is tried before the daemon counts as dead, as watchers have it.
  private static let tries = 3

  private let asking: BackgroundWork<(milliseconds: [Double], problems: [String])>

  /// Begins to ask the daemon that answers by HTTP at `port`.
  init(port: Int) {
    asking = BackgroundWork { isOver in
      var (milliseconds, problems): ([Double], [String]) = ([], [])
      var failures: [String] = []
      while !isOver() {
        do {
          milliseconds.append(try timed { try Self.ask(port) }.seconds * 1e3)
          failures = []
        } catch {
          failures.append("\(error)")
          if failures.count == Self.tries {
            problems.append(failures.joined(separator: ", then "))
            failures = []
          }
        }
        for _ in 0..<10 where !isOver() { usleep(50_000) }
      }
      return (milliseconds, problems)
    }
  }

  /// Asks once. Throws where the answer is not that it is alive.
  private static func ask(_ port: Int) throws {
    let connection = try ClientSocket(port: port, patience: 5)
    try connection.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    let status = String(decoding: try connection.receiveLine(), as: UTF8.self)
    guard status.hasPrefix("HTTP/1.1 200 ") else { throw ChildFailure(description: status) }
  }

  /// Ends it; returns the milliseconds that each answer took, and why there was none. For one call.
  func finish() throws -> (milliseconds: [Double], problems: [String]) {
    try asking.finish(isCutShort: true)
  }
}
