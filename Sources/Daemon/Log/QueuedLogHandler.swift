package import Logging
package import Ratings

/// A log handler that writes to a ``LogQueue``.
package struct QueuedLogHandler: LogHandler {
  private let queue: LogQueue
  private let label: String
  private let redaction: Redaction
  private let threshold: LogThreshold
  /// The metadata of every line.
  package var metadata: Logger.Metadata = [:]

  /// Creates a handler that writes the messages of the logger `label` to `queue`, with the passwords that `redaction`
  /// knows removed.
  package init(
    label: String, queue: LogQueue, redaction: Redaction = Redaction(of: []),
    threshold: LogThreshold = LogThreshold(.info)
  ) {
    self.label = label
    self.queue = queue
    self.redaction = redaction
    self.threshold = threshold
  }

  /// The minimum level. All handlers with the same threshold share it, copies as well: setting it for one sets it for
  /// all.
  package var logLevel: Logger.Level {
    get { threshold.value }
    set { threshold.value = newValue }
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
    let told = all.sorted { $0.key < $1.key }.map { (key: $0, value: redaction("\($1)")) }
    queue.append(
      LogLine(
        level: event.level, label: label, source: event.source,
        message: redaction("\(event.message)"), metadata: told)
    )
  }
}
