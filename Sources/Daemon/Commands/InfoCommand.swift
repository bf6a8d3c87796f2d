import Errors
import Foundation
import LineProtocol
import NIOCore
import Recommenders

extension DaemonCommand {
  /// Redis's name for the section of statistics by command.
  fileprivate static let commandSectionName = "commandstats"

  static var info: DaemonCommand {
    let sections = Argument.rest("section")
    return DaemonCommand(
      "INFO", .server, [sections],
      summary: "What is in service, since when, and request statistics.",
      complexity: "O(event loops)", since: "0.1",
      answer: .server { (server, arguments) throws(ErrorReply) in
        let wanted = Set(
          arguments.rest(sections).compactMap { ProtocolWord.read($0)?.lowercased() })
        let hasAll = !wanted.isDisjoint(with: ["all", "everything"])
        let hasUsual = hasAll || wanted.isEmpty || wanted.contains("default")
        let usual = server.sections.filter { hasUsual || wanted.contains($0.name) }
        let isFigured = hasAll || wanted.contains(Self.commandSectionName)
        return .sections(usual + (isFigured ? [server.commandSection] : []))
      })
  }
}

/// The source of replies about the server: what is in service, and statistics.
package struct ServerInformation: Sendable {
  let service: ServiceState
  let models: ServedModels

  /// The sections that INFO shows by default.
  fileprivate var sections: [ReplySection] {
    [serverSection, modelSection] + (models.count > 1 ? [modelsSection] : [])
      + [clientsSection, memorySection] + accessSections
      + (models.ratings.map { [storeSection($0)] } ?? []) + [statisticsSection, keyspaceSection]
  }

  /// Statistics by command, in Redis's format: times run from when a request was read until its answer was written.
  fileprivate var commandSection: ReplySection {
    ReplySection(
      DaemonCommand.commandSectionName,
      service.statisticsReset.since(service.commandFigures).dropLast()
        .filter { $0.answered + $0.errors > 0 }.map { figures in
          let microseconds = Double(figures.durations.nanoseconds) / 1000
          let mean = microseconds / Double(max(1, figures.durations.count))
          return ReplyField(
            "cmdstat_\(figures.name.lowercased())",
            .text(
              "calls=\(figures.calls),usec=\(Int(microseconds)),usec_per_call=\(mean.hundredths),"
                + "rejected_calls=\(figures.rejected),failed_calls=\(figures.failed)"))
        })
  }

  /// The sections as lines of JSON, each preceded by its name.
  var lines: [String] {
    sections.map { section in
      var line = ByteBuffer()
      Reply.map(section.fields).write(as: .json, to: &line)
      return "\(section.name) \(String(buffer: line).dropLast())"
    }
  }

  private var serverSection: ReplySection {
    ReplySection(
      "server",
      [
        ReplyField("latent_version", .text(service.version)),
        ReplyField("process_id", .integer(Int64(ProcessInfo.processInfo.processIdentifier))),
        ReplyField(
          "uptime_in_seconds", .integer((.now() - service.startedAt).wholeSeconds)),
        ReplyField("event_loops", .integer(Int64(service.threadCount))),
      ])
  }

  /// The model asked by commands that name none.
  private var modelSection: ReplySection {
    let place = models.place(askedBy: RecommenderQueries.self)
    let (model, name) = (models[place]?.facts, models.names[place])
    let problem = ReplyField(
      "last_swap_error", service.swapProblems[name].map { .text($0) } ?? .null)
    guard let model else { return ReplySection("model", [ReplyField("model", .null), problem]) }
    return ReplySection(
      "model",
      [
        ReplyField("model", .text(model.name)),
        ReplyField("model_version", .integer(Int64(model.version))),
        ReplyField("model_kind", .text(model.kind)),
      ]
        + (model.predictorKind.map { [ReplyField("model_predictor", .text($0))] } ?? [])
        + (model.sha256.map { [ReplyField("model_sha256", .text($0))] } ?? [])
        + model.counts.map { ReplyField("model_\($0.name)", .integer(Int64($0.count))) }
        + [
          ReplyField("model_created_at", .text(model.createdAt)),
          ReplyField("model_in_service_since", model.inServiceSince.map { .text($0) } ?? .null),
          problem,
        ]
        + (model.availableItemCount.map {
          [
            ReplyField("available_items", .integer(Int64($0))),
            ReplyField(
              "last_availability_error",
              service.availabilityProblems[name].map { .text($0) } ?? .null),
          ]
        } ?? []))
  }

  /// A line for each name, as Redis has one for each database.
  private var modelsSection: ReplySection {
    ReplySection(
      "models",
      models.names.enumerated().map { place, name in
        let facts = models[place]?.facts
        var words = ["version=\(facts.map { "\($0.version)" } ?? "none")"]
        if let facts { words.append("kind=\(facts.kind)") }
        if let predictor = facts?.predictorKind { words.append("predictor=\(predictor)") }
        if let digest = facts?.sha256 { words.append("sha256=\(digest)") }
        if let problem = service.swapProblems[name] { words.append("last_swap_error=\(problem)") }
        return ReplyField(name, .text(words.joined(separator: ",")))
      })
  }

  private var clientsSection: ReplySection {
    ReplySection(
      "clients",
      [
        ReplyField("connected_clients", .integer(Int64(service.connections.count))),
        ReplyField("max_clients", .integer(Int64(service.connections.limit))),
        ReplyField("blocked_clients", .integer(Int64(service.total { $0.waiting }))),
        ReplyField("pubsub_clients", .integer(Int64(service.subscribers.connectionCount))),
        ReplyField("client_memory", .integer(Int64(service.memory.byteCount))),
        ReplyField("max_client_memory", .integer(Int64(service.memory.limit))),
      ])
  }

  /// The memory of the process: its own, and including mapped files.
  private var memorySection: ReplySection {
    let resident = ResidentMemory()
    return ReplySection(
      "memory",
      [
        ReplyField("used_memory", resident.map { .integer(Int64($0.ownByteCount)) } ?? .null),
        ReplyField("used_memory_rss", resident.map { .integer(Int64($0.byteCount)) } ?? .null),
      ])
  }

  /// Empty, as in a Redis without keys.
  private var keyspaceSection: ReplySection { ReplySection("keyspace", []) }

  /// The users and what TLS shows, if the server has either.
  private var accessSections: [ReplySection] {
    let fields =
      (service.access?.information ?? [])
      + (service.certificate?.information(of: service) ?? [])
    return fields.isEmpty ? [] : [ReplySection("access", fields)]
  }

  private func storeSection(_ ratings: LiveRatings) -> ReplySection {
    let (problem, failed) = (ratings.problem, ratings.failedQueries)
    return ReplySection(
      "store",
      [
        ReplyField("store", .text(ratings.storeName)),
        ReplyField("store_status", .text(problem == nil ? "up" : "away")),
        ReplyField("last_store_error", problem.map { .text($0.problem) } ?? .null),
        ReplyField("rating_changes", .integer(Int64(ratings.statistics.changes.value))),
        ReplyField("rating_transactions", .integer(Int64(ratings.statistics.transactions.value))),
        ReplyField("waiting_ratings", .integer(Int64(ratings.waitingCount))),
        ReplyField("failed_queries", .integer(Int64(failed.count))),
        ReplyField("last_query_error", failed.last.map { .text($0.problem) } ?? .null),
      ])
  }

  /// The totals since the start, or CONFIG RESETSTAT.
  private static let totals: [(name: String, count: @Sendable (WorkerStatistics) -> Counter)] = [
    ("total_connections_received", { $0.connections }), ("rejected_connections", { $0.refused }),
    ("dropped_connections", { $0.dropped }), ("idle_connections", { $0.idle }),
    ("evicted_clients", { $0.evicted }), ("total_commands_processed", { $0.requests }),
    ("total_error_replies", { $0.errors }), ("cache_hits", { $0.cacheHits }),
    ("computed_answers", { $0.computed }), ("slow_requests", { $0.slow }),
    ("busy_requests", { $0.busy }), ("timed_out_requests", { $0.timedOut }),
  ]

  /// Resets the counts shown by INFO and LATENCY.
  func resetStatistics() {
    service.statisticsReset.happen(
      totals: Dictionary(
        uniqueKeysWithValues: Self.totals.map { ($0.name, service.total($0.count)) }),
      commands: service.commandFigures)
  }

  private var statisticsSection: ReplySection {
    ReplySection(
      "stats",
      Self.totals.map { name, count in
        ReplyField(
          name, .integer(Int64(service.statisticsReset.since(name, service.total(count)))))
      } + [
        ReplyField("pubsub_channels", .integer(Int64(service.subscribers.channelCount))),
        ReplyField("pubsub_patterns", .integer(Int64(service.subscribers.patternCount))),
        ReplyField("log_lines_dropped", .integer(Int64(service.logQueue?.droppedCount ?? 0))),
      ])
  }
}

extension CommandFigures {
  /// The number of requests carried out, as Redis counts them.
  fileprivate var calls: Int { answered + failed }

  /// The number of those that ended with an error.
  fileprivate var failed: Int { max(0, errors - rejected) }
}

extension Double {
  /// The number with two decimals.
  fileprivate var hundredths: String {
    let whole = Int((self * 100).rounded())
    let rest = whole % 100
    return "\(whole / 100).\(rest < 10 ? "0" : "")\(rest)"
  }
}
