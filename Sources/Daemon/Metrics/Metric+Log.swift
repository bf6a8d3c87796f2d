extension Metric {
  /// The metrics of the log.
  static var ofLog: [Metric] {
    [
      .of("latent_log_lines_dropped_total", .counter, "Lines of the log that found no room.") {
        $0.service.logQueue?.droppedCount ?? 0
      }
    ]
  }
}
