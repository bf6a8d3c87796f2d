import ArgumentParser
import Daemon
import Errors
import Foundation
import Logging
import Ratings

/// How the daemon is seen: its port of HTTP, and its log.
struct ObservationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Answer by HTTP there, several times if need be: /healthz, /readyz, /metrics for Prometheus, and a page to look "
        + "things up (default: nowhere).", valueName: "host:port"))
  var http: [String] = []

  @Option(
    help: ArgumentHelp(
      "The same by HTTPS, with the certificate of --tls-cert-file.", valueName: "host:port"))
  var httpTls: [String] = []

  @Option(
    help: ArgumentHelp(
      "Be ready (/readyz) with no model that was trained longer ago, such as 36h or 7d (default: any age).",
      valueName: "age"), transform: { try Period(reading: $0) })
  var maxAge: Period?

  @Option(
    help: ArgumentHelp("What to log: debug, info, warning or error.", valueName: "level"),
    transform: {
      guard let level = Logger.Level(rawValue: $0) else { throw ValidationError("not a level") }
      return level
    })
  var logLevel = Logger.Level.info

  @Option(
    help: ArgumentHelp(
      "How lines of the log look: text, or json, an object each.", valueName: "format"),
    transform: {
      guard let format = LogFormat(rawValue: $0) else {
        throw ValidationError("it is text or json")
      }
      return format
    })
  var logFormat = LogFormat.text

  @Option(
    help: ArgumentHelp(
      "Write the log behind what this file holds, not to standard error; SIGHUP has it opened again.",
      valueName: "file"))
  var logFile: String?

  @Option(
    help: ArgumentHelp(
      "Log requests that take as long, at most one a second: 10ms, 250us, 2s (default: none; SLOWLOG has those from 10ms).",
      valueName: "time"), transform: { try Period(readingShort: $0) })
  var slowLog: Period?

  func validate() throws {
    let addresses = try settings().addresses
    if maxAge != nil, addresses.isEmpty {
      throw ValidationError("--max-age is what /readyz goes by: say --http or --http-tls, too.")
    }
  }

  /// Where to answer by HTTP: what systemd hands over for it, too.
  func settings() throws -> HTTPSettings {
    do {
      return HTTPSettings(
        addresses: try ServiceManager.ofProcess.sockets.filter(\.isHTTP).map(\.address)
          + http.map { try ListenAddress(tcp: $0) }
          + httpTls.map { try ListenAddress(tls: $0) },
        maximumAge: maxAge?.duration)
    } catch let error as DaemonError {
      throw ValidationError("\(error)")
    }
  }
}
