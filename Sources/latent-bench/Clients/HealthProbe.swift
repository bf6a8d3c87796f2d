import Foundation

/// A monitor's view of a daemon: requests `/healthz` twice a second, each time on a new connection.
struct HealthProbe {
  /// The number of attempts before the daemon counts as dead, as in usual monitors.
  private static let tries = 3

  private let asking: BackgroundWork<(milliseconds: [Double], problems: [String])>

  /// Starts requesting from the daemon's HTTP `port`.
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

  /// Sends one request. Throws unless the answer says that the daemon is alive.
  private static func ask(_ port: Int) throws {
    let connection = try ClientSocket(port: port, patience: 5)
    try connection.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    let status = String(decoding: try connection.receiveLine(), as: UTF8.self)
    guard status.hasPrefix("HTTP/1.1 200 ") else { throw ChildFailure(description: status) }
  }

  /// Stops the probe; returns the latencies in milliseconds, and the reasons of failed requests. Call once.
  func finish() throws -> (milliseconds: [Double], problems: [String]) {
    try asking.finish(isCutShort: true)
  }
}
