import Foundation
import LineProtocol
import NIOCore
import Synchronization

/// What all event loops of a server share.
final class ServiceState: Sendable {
  let limits: ServerLimits
  /// What every session says of the server.
  let identity: Session.Server
  /// The version of Latent.
  let version: String
  let threadCount: Int
  let clock: LoopClock
  /// Where answers are computed that take long; nil to compute all on the event loops.
  let answerThreads: AnswerThreads?
  /// What clients make the server hold.
  let memory: ClientMemory
  let memoryReturn = MemoryReturn()
  /// The sockets of clients, of which there are as many as the descriptors suffice for.
  let sockets: Quota
  /// Connections that are answered.
  let connections: Quota
  /// Connections that are told that there are too many.
  let refusals: Quota
  private let startedAt = NIODeadline.now()
  private let statistics = Mutex<[WorkerStatistics]>([])
  private let lastSession = Atomic<Int64>(0)
  private let swapProblem = Mutex<String?>(nil)
  private let logQueue: LogQueue?

  init(
    limits: ServerLimits, version: String, threadCount: Int, clock: LoopClock = .system,
    answerThreads: AnswerThreads? = nil, logQueue: LogQueue? = nil
  ) {
    self.limits = limits
    self.logQueue = logQueue
    self.version = version
    self.threadCount = threadCount
    self.clock = clock
    self.answerThreads = answerThreads
    memory = ClientMemory(limit: limits.clientBytes)
    sockets = Quota(limits.connections + limits.refusals)
    connections = Quota(limits.connections)
    refusals = Quota(limits.refusals)
    let idleSeconds = limits.idleTime?.components.seconds ?? 0
    identity = Session.Server(
      version: version,
      settings: [
        ReplyField("appendonly", .text("no")),
        ReplyField("databases", .text("1")),
        ReplyField("maxclients", .text(String(limits.connections))),
        ReplyField("maxmemory-clients", .text(String(limits.clientBytes))),
        ReplyField("proto-max-bulk-len", .text(String(limits.requestBytes))),
        ReplyField("save", .text("")),
        ReplyField("timeout", .text(String(idleSeconds))),
      ], transactionBytes: limits.request.transactionBytes)
  }

  /// Counts of a new event loop.
  func makeStatistics() -> WorkerStatistics {
    let new = WorkerStatistics()
    statistics.withLock { $0.append(new) }
    return new
  }

  /// The number for a new connection.
  func nextSession() -> Int64 { lastSession.wrappingAdd(1, ordering: .relaxed).newValue }

  /// Notes why the newest version is not in service; nil when it is.
  func setSwapProblem(_ problem: String?) { swapProblem.withLock { $0 = problem } }

  /// INFO, or those of its sections whose names, in lower case, are given.
  func info(of model: ModelFacts?, sections wanted: [String]) -> Reply {
    let all = [serverSection, modelSection(model), clientsSection, statisticsSection]
    let isComplete =
      wanted.isEmpty || !Set(wanted).isDisjoint(with: ["all", "default", "everything"])
    return .sections(isComplete ? all : all.filter { wanted.contains($0.name) })
  }

  private var serverSection: ReplySection {
    ReplySection(
      "server",
      [
        ReplyField("latent_version", .text(version)),
        ReplyField("process_id", .integer(Int64(ProcessInfo.processInfo.processIdentifier))),
        ReplyField(
          "uptime_in_seconds", .integer((.now() - startedAt).nanoseconds / 1_000_000_000)),
        ReplyField("event_loops", .integer(Int64(threadCount))),
      ])
  }

  private func modelSection(_ model: ModelFacts?) -> ReplySection {
    let problem = ReplyField(
      "last_swap_error", swapProblem.withLock { $0 }.map { .text($0) } ?? .null)
    guard let model else { return ReplySection("model", [ReplyField("model", .null), problem]) }
    return ReplySection(
      "model",
      [
        ReplyField("model", .text(model.name)),
        ReplyField("model_version", .integer(Int64(model.version))),
        ReplyField("model_kind", .text(model.kind)),
        ReplyField("model_users", model.userCount.map { .integer(Int64($0)) } ?? .null),
        ReplyField("model_items", model.itemCount.map { .integer(Int64($0)) } ?? .null),
        ReplyField("model_created_at", .text(model.createdAt)),
        ReplyField("model_in_service_since", model.inServiceSince.map { .text($0) } ?? .null),
        problem,
      ])
  }

  private var clientsSection: ReplySection {
    ReplySection(
      "clients",
      [
        ReplyField("connected_clients", .integer(Int64(connections.count))),
        ReplyField("max_clients", .integer(Int64(limits.connections))),
        ReplyField("client_memory", .integer(Int64(memory.byteCount))),
        ReplyField("max_client_memory", .integer(Int64(limits.clientBytes))),
      ])
  }

  private var statisticsSection: ReplySection {
    let statistics = statistics.withLock { $0 }
    func total(_ name: String, _ count: (WorkerStatistics) -> Counter) -> ReplyField {
      ReplyField(name, .integer(Int64(statistics.reduce(0) { $0 + count($1).value })))
    }
    return ReplySection(
      "stats",
      [
        total("total_connections_received") { $0.connections },
        total("rejected_connections") { $0.refused },
        total("dropped_connections") { $0.dropped },
        total("idle_connections") { $0.idle },
        total("evicted_clients") { $0.evicted },
        total("total_commands_processed") { $0.requests },
        total("total_error_replies") { $0.errors },
        total("cache_hits") { $0.cacheHits },
        total("computed_answers") { $0.computed },
        ReplyField("log_lines_dropped", .integer(Int64(logQueue?.droppedCount ?? 0))),
      ])
  }
}
