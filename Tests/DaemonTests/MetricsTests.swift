import Daemon
import Foundation
import NIOCore
import TestEnvironment
import Testing

/// The metrics for Prometheus, fetched by a real HTTP client and compared to what was asked.
struct MetricsTests {
  /// Returns the samples, keyed by name and labels.
  static func samples(_ text: String) throws -> [String: Double] {
    var samples: [String: Double] = [:]
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let space = try #require(line.lastIndex(of: " "), "\(line)")
      let value: Double = try #require(Double(line[line.index(after: space)...]), "\(line)")
      samples[String(line[..<space])] = value
    }
    return samples
  }

  static func scrape(_ running: TestServer) async throws -> [String: Double] {
    try samples(try await running.get("/metrics").body)
  }

  @Test func requestsAreCountedByCommandAndOutcome() async throws {
    try await TestServer.run { running in
      _ = try await running.talk { client in
        for request in [
          "PING", "PREDICT 1 10", "PREDICT 1 10", "predict 1 10", "PREDICT 1", "NOTHING", "\"x",
          "MULTI", "PREDICT 1 10", "PING", "EXEC", "MRECOMMEND 2 1 2", "EXPLAIN 77 10",
        ] {
          try client.send(request + "\n")
          _ = try client.receiveLine()
        }
      }
      _ = try await running.get("/api/predict?user=1&item=20")
      let samples = try await Self.scrape(running)
      func count(_ command: String, _ outcome: String) -> Double? {
        samples["latent_requests_total{command=\"\(command)\",outcome=\"\(outcome)\"}"]
      }
      #expect(count("PING", "answered") == 2)
      #expect(count("PREDICT", "answered") == 5 && count("PREDICT", "error") == 1)
      #expect(count("unknown", "error") == 2 && count("unknown", "answered") == 0)
      #expect(count("MULTI", "answered") == 1 && count("EXEC", "answered") == 1)
      #expect(count("MRECOMMEND", "answered") == 1 && count("RECOMMEND", "answered") == 2)
      #expect(count("EXPLAIN", "error") == 1)
      #expect(count("RATE", "answered") == 0)
      // Each has taken some time.
      func figure(_ name: String, _ labels: String) -> Double? {
        samples["latent_request_duration_seconds_\(name){\(labels)}"]
      }
      #expect(figure("count", "command=\"PREDICT\"") == 6)
      #expect(figure("bucket", "command=\"PREDICT\",le=\"+Inf\"") == 6)
      #expect(try #require(figure("sum", "command=\"PREDICT\"")) > 0)
      #expect(figure("count", "command=\"unknown\"") == 2)
      #expect(figure("count", "command=\"RATE\"") == nil)
      #expect(samples["latent_connections_received_total"] == 1)
      #expect(samples["latent_http_connections"] == 1)
      #expect(samples["latent_http_requests_total{code=\"200\"}"] == 1)
      #expect(samples["latent_model_version{model=\"recommender\"}"] == 1)
      #expect(
        samples["latent_model_trained_timestamp_seconds{model=\"recommender\"}"] == 1_767_225_600)
      #expect(samples["latent_build_info{version=\"0.1.0\"}"] == 1)
      #expect(try #require(samples["process_resident_memory_bytes"]) > 1_048_576)
      #expect(try #require(samples["process_open_fds"]) > 3)
      let started = try #require(samples["process_start_time_seconds"])
      #expect(started < Date().timeIntervalSince1970 + 1 && started > 1_700_000_000)
      #expect(samples["latent_store_up"] == nil)
    }
  }

  @Test func itSaysWhatINFOSays() async throws {
    try await TestServer.run { running in
      for _ in 0..<3 { _ = try await running.talk { try $0.ask("RECOMMEND 1\nNOTHING\n") } }
      let samples = try await Self.scrape(running)
      for (metric, count) in [
        ("latent_cache_hits_total", "cache_hits"),
        ("latent_computed_answers_total", "computed_answers"),
        ("latent_connections_rejected_total", "rejected_connections"),
      ] {
        #expect(try await Double(running.count(count)) == samples[metric], "\(metric)")
      }
      let all = samples.filter { $0.key.hasPrefix("latent_requests_total") }.values.reduce(0, +)
      #expect(all == 6)
    }
  }

  /// A request that waits behind another has taken as long as it waited.
  @Test func waitingCounts() async throws {
    let gate = Gate()
    var limits = ServerLimits()
    limits.slowLogTime = .milliseconds(1)
    limits.logsSlowRequests = true
    try await TestServer.run(
      asking: nil, commands: ScriptedModel.commands(onBlock: { _ = gate.wait() }), limits: limits,
      threadCount: 1
    ) { running in
      try await onThread {
        let client = try running.connect()
        try client.send("BLOCK\nECHO secret\n")
        gate.waitForArrival()
        usleep(2000)
        gate.open()
        #expect(try client.receiveLine() == "\"scripted\"")
        #expect(try client.receiveLine() == "\"secret\"")
      }
      let text = try await running.get("/metrics").body
      let samples = try Self.samples(text)
      for command in ["BLOCK", "ECHO"] {
        #expect(
          samples["latent_request_duration_seconds_bucket{command=\"\(command)\",le=\"0.001\"}"]
            == 0)
      }
      #expect(try #require(samples["latent_slow_log_entries_total"]) >= 1)
      let line = try #require(running.log.all.first { $0.contains("slow request: ") })
      #expect(line.hasPrefix("warning: slow request: BLOCK by 127.0.0.1:"))
      #expect(!running.log.all.contains { $0.contains("secret") })
    }
  }

  @Test func aSlowAnswerIsKeptWithWhoAskedForWhat() async throws {
    var limits = ServerLimits()
    limits.slowLogTime = .zero
    limits.logsSlowRequests = true
    try await TestServer.run(limits: limits) { running in
      let long = String(repeating: "x", count: 100)
      try await running.talk { client in
        try client.send("CLIENT SETNAME shop\nPREDICT 1 10\n")
        _ = (try client.receiveLine(), try client.receiveLine())
        try client.send("PREDICT \(long)\" 10\n")
        _ = try client.receiveLine()
      }
      let entries = running.server.slowLog.entries
      #expect(entries.map(\.number) == Array((0..<entries.count).reversed()))
      let asked = try #require(entries.first { $0.command == "PREDICT" })
      #expect(asked.argument == "1" || asked.argument?.count == 67)
      #expect(asked.client.name == "shop" && asked.client.address.hasPrefix("127.0.0.1:"))
      #expect(asked.client.request >= 2 && asked.computing <= asked.time)
      #expect(entries.allSatisfy { $0.command != "CLIENT" || $0.argument == nil })
      running.server.slowLog.reset()
      #expect(running.server.slowLog.entries.isEmpty && running.server.slowLog.count > 0)
      running.server.slowLog.threshold = .seconds(1000)
      _ = try await running.talk { try $0.ask("PREDICT 1 20\n") }
      #expect(running.server.slowLog.entries.isEmpty)
    }
  }

  @Test func theSlowLogKeepsTheNewest() async throws {
    var limits = ServerLimits()
    limits.slowLogTime = .zero
    try await TestServer.run(limits: limits) { running in
      try await running.talk { client in
        for number in 0..<SlowLog.usualLimit + 10 {
          try client.send("ECHO \(number)\n")
          _ = try client.receiveLine()
        }
      }
      let entries = running.server.slowLog.entries
      #expect(entries.count == SlowLog.usualLimit)
      #expect(entries[0].number == SlowLog.usualLimit + 9)
      // Logging slow requests is not enabled.
      #expect(!running.log.all.contains { $0.contains("slow request") })
    }
  }

  @Test func openMetricsIsSpokenToWhoAsksForIt() async throws {
    try await TestServer.run { running in
      let plain = try await running.get("/metrics")
      #expect(plain.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
      #expect(plain.body.contains("# TYPE latent_requests_total counter\n"))
      #expect(!plain.body.contains("# EOF"))
      let open = try await running.get(
        "/metrics",
        headers: ["Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5"])
      #expect(
        open.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
      )
      #expect(open.body.contains("# TYPE latent_requests counter\n"))
      #expect(open.body.contains("\nlatent_requests_total{"))
      #expect(open.body.hasSuffix("# EOF\n"))
    }
  }

  @Test func bucketsHoldWhatIsNotAboveThem() {
    let histogram = DurationHistogram()
    histogram.add(of: .zero)
    histogram.add(3, of: .microseconds(50))
    histogram.add(of: .microseconds(51))
    histogram.add(of: .seconds(10))
    histogram.add(of: .seconds(11))
    let figures = histogram.figures
    #expect(figures.counts.first == 4 && figures.counts[1] == 1)
    #expect(figures.counts[DurationHistogram.bounds.count - 1] == 1)
    #expect(figures.counts.last == 1 && figures.count == 7)
    #expect(figures.nanoseconds == 3 * 50_000 + 51_000 + 21_000_000_000)
    #expect((figures + figures).count == 14)
  }
}
