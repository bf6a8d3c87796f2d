import Foundation
import LineProtocol
import Logging
import NIOCore

/// The format of log lines.
package enum LogFormat: String, Sendable, CaseIterable {
  /// The format of swift-log's own handler.
  case text
  /// One JSON object a line, with `time` (ISO 8601, UTC, to the millisecond), `level`, `logger`, `module`, `message`,
  /// and metadata such as `connection` by name.
  case json
}

/// A log line before it is formatted.
struct LogLine {
  let level: Logger.Level
  let label: String
  let source: String
  let message: String
  /// The metadata, in the order in which it is written.
  var metadata: [(key: String, value: String)] = []

  /// The maximum length of a line in bytes; more is cut.
  private static let byteLimit = 8192
  /// The maximum bytes of each part of an object that exceeds that.
  private static let cutPartLimit = 512

  /// Returns the line with its line feed.
  func written(as format: LogFormat) -> String {
    switch format {
    case .text: text
    case .json: json
    }
  }

  private var text: String {
    var now = time(nil)
    var local = tm()
    localtime_r(&now, &local)
    let told = metadata.map { "\($0.key)=\($0.value) " }.joined()
    let line =
      "\(local.formatted("%Y-%m-%dT%H:%M:%S%z")) \(level) \(label): \(told)[\(source)] \(message)"
    guard line.utf8.count > Self.byteLimit else { return line + "\n" }
    return String(decoding: line.utf8.prefix(Self.byteLimit), as: UTF8.self) + "...\n"
  }

  private var json: String {
    let whole = object()
    // A line that is cut stays an object: each part is cut, with room left for escapes.
    return whole.utf8.count <= Self.byteLimit ? whole : object(partLimit: Self.cutPartLimit)
  }

  /// Returns the line as an object, its metadata last; parts of more than `partLimit` bytes are cut.
  private func object(partLimit: Int = .max) -> String {
    func part(_ text: String) -> Reply {
      guard text.utf8.count > partLimit else { return .text(text) }
      return .text(String(decoding: text.utf8.prefix(partLimit), as: UTF8.self) + "...")
    }
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    var utc = tm()
    gmtime_r(&now.tv_sec, &utc)
    let milliseconds = String(format: "%03d", now.tv_nsec / 1_000_000)
    let fields =
      [
        ReplyField(
          "time", .text("\(utc.formatted("%Y-%m-%dT%H:%M:%S")).\(milliseconds)Z")),
        ReplyField("level", .text(level.rawValue)), ReplyField("logger", .text(label)),
        ReplyField("module", .text(source)), ReplyField("message", part(message)),
      ] + metadata.prefix(Self.metadataLimit).map { ReplyField($0.key, part($0.value)) }
    var line = ByteBuffer()
    Reply.map(fields).write(as: .json, to: &line)
    return String(buffer: line)
  }

  /// The maximum number of metadata entries.
  private static let metadataLimit = 8
}

extension tm {
  /// Formats the time like strftime.
  fileprivate func formatted(_ format: String) -> String {
    var parts = self
    var buffer = [CChar](repeating: 0, count: 64)
    let count = strftime(&buffer, buffer.count, format, &parts)
    return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
