import Foundation
package import Logging

/// Has a logger write to a ``LogQueue``.
package struct QueuedLogHandler: LogHandler {
  private let queue: LogQueue
  private let label: String
  /// What is logged: this and what is graver.
  package var logLevel = Logger.Level.info
  /// What each line says besides.
  package var metadata: Logger.Metadata = [:]

  /// Writes to `queue` what the logger `label` says.
  package init(label: String, queue: LogQueue) {
    self.label = label
    self.queue = queue
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Adds a line to the queue.
  package func log(event: LogEvent) {
    var all = metadata
    if let more = event.metadata { all.merge(more) { $1 } }
    if let error = event.error { all["error"] = "\(error)" }
    let told = all.sorted { $0.key < $1.key }.map { "\($0)=\($1) " }.joined()
    queue.append(
      LogLine.text(
        event.level, label: label, source: event.source, "\(event.message)", metadata: told))
  }
}

/// How a line of the log looks, which is how swift-log's own handler writes one.
enum LogLine {
  /// The longest line, in bytes: more is cut.
  private static let byteLimit = 8192

  static func text(
    _ level: Logger.Level, label: String, source: String, _ message: String,
    metadata: String = ""
  ) -> String {
    var now = time(nil)
    var local = tm()
    localtime_r(&now, &local)
    var buffer = [CChar](repeating: 0, count: 64)
    strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%S%z", &local)
    let timestamp = buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } }
    let line = "\(timestamp ?? "") \(level) \(label): \(metadata)[\(source)] \(message)"
    guard line.utf8.count > byteLimit else { return line + "\n" }
    return String(decoding: line.utf8.prefix(byteLimit), as: UTF8.self) + "...\n"
  }
}
