extension Metric {
  /// The metrics of the log.
  static var ofLog: [Metric] {
    [
      .of("latent_log_lines_dropped_total", .counter, "Log lines that were dropped.") {
        $0.service.logQueue?.droppedCount ?? 0
      }
    ]
  }
}
