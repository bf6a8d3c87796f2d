import ArgumentParser
import Daemon
import Errors
import Foundation
import Logging
import Ratings

/// Options for observing the daemon: HTTP endpoints and the log.
struct ObservationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Serve HTTP at this address; may be repeated: /healthz, /readyz, /metrics for Prometheus, and a page for "
        + "look-ups (default: nowhere).", valueName: "host:port"))
  var http: [String] = []

  @Option(
    help: ArgumentHelp(
      "Serve the same over HTTPS, with the certificate of --tls-cert-file.", valueName: "host:port")
  )
  var httpTls: [String] = []

  @Option(
    help: ArgumentHelp(
      "Report not ready (/readyz) if a model was trained longer ago than this, such as 36h or 7d (default: any age).",
      valueName: "age"), transform: { try Period(reading: $0) })
  var maxAge: Period?

  @Option(
    help: ArgumentHelp("The log level: debug, info, warning or error.", valueName: "level"),
    transform: {
      guard let level = Logger.Level(rawValue: $0) else { throw ValidationError("not a level") }
      return level
    })
  var logLevel = Logger.Level.info

  @Option(
    help: ArgumentHelp(
      "The log format: text, or json with an object per line.", valueName: "format"),
    transform: {
      guard let format = LogFormat(rawValue: $0) else {
        throw ValidationError("give text or json")
      }
      return format
    })
  var logFormat = LogFormat.text

  @Option(
    help: ArgumentHelp(
      "Append the log to this file instead of writing to standard error; SIGHUP reopens it.",
      valueName: "file"))
  var logFile: String?

  @Option(
    help: ArgumentHelp(
      "Log requests that take this long or longer, at most one a second: 10ms, 250us, 2s (default: none; SLOWLOG keeps those from 10ms).",
      valueName: "time"), transform: { try Period(readingShort: $0) })
  var slowLog: Period?

  func validate() throws {
    let addresses = try settings().addresses
    if maxAge != nil, addresses.isEmpty {
      throw ValidationError("--max-age applies to /readyz: give --http or --http-tls, too.")
    }
  }

  /// Returns the HTTP settings, including the sockets that systemd passed for HTTP.
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
