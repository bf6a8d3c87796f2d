extension Metric {
  /// The metrics of requests and their answers.
  static var ofRequests: [Metric] {
    [
      Metric(
        "latent_requests_total", .counter,
        "Requests by command and outcome, including those of the HTTP API and those run by EXEC."
      ) { server in
        server.service.commandFigures.flatMap { figures in
          [
            Sample(figures.answered, ("command", figures.name), ("outcome", "answered")),
            Sample(figures.errors, ("command", figures.name), ("outcome", "error")),
          ]
        }
      },
      Metric(
        "latent_request_duration_seconds", .histogram,
        "Time from reading a request to writing its answer, waits included, for commands that were used."
      ) { server in
        server.service.commandFigures.filter { $0.durations.count > 0 }
          .map { Sample($0.durations, ("command", $0.name)) }
      },
      counted("latent_cache_hits_total", "Requests answered from the cache.") { $0.cacheHits },
      counted("latent_computed_answers_total", "Requests passed to a model.") {
        $0.computed
      },
      counted("latent_slow_requests_total", "Requests that are always slow: images.") {
        $0.slow
      },
      counted(
        "latent_slow_requests_refused_total", "Slow requests refused because too many were waiting."
      ) { $0.busy },
      counted("latent_slow_requests_timed_out_total", "Slow requests not answered in time.") {
        $0.timedOut
      },
      .of("latent_slow_requests_waiting", .gauge, "Slow requests waiting for a thread now.") {
        $0.service.slowThreads?.waitingCount ?? 0
      },
      .of(
        "latent_computed_answers_waiting", .gauge,
        "Model requests that take too long for an event loop, waiting for a thread now."
      ) { server in
        [server.service.answerThreads, server.service.storeThreads].reduce(0) {
          $0 + ($1?.waitingCount ?? 0)
        }
      },
      .of(
        "latent_slow_log_entries_total", .counter,
        "Entries added to the slow log."
      ) { $0.service.slowLog.count },
      Metric("latent_http_requests_total", .counter, "Requests to the HTTP port, by status.") {
        $0.service.httpStatistics.byStatus.map { Sample($0.count, ("code", "\($0.status)")) }
      },
    ]
  }

  /// Returns a metric that event loops count.
  static func counted(
    _ name: String, _ help: String, _ count: @escaping @Sendable (WorkerStatistics) -> Counter
  ) -> Metric {
    .of(name, .counter, help) { $0.service.total(count) }
  }
}
