import Foundation
import LineProtocol
import Logging
import NIOCore
import Synchronization

/// The state that all event loops of a server share.
final class ServiceState: Sendable {
  let limits: ServerLimits
  /// The commands of the server.
  let commands: [DaemonCommand]
  /// What every session knows about the server.
  let identity: Session.Server
  /// The version of Latent.
  let version: String
  let threadCount: Int
  let clock: LoopClock
  /// The threads for answers that take long; `nil` to compute all on the event loops.
  let answerThreads: AnswerThreads?
  /// The threads for answers that ask a store first; `nil` without one.
  let storeThreads: AnswerThreads?
  /// The threads for answers that are slow whatever is asked; `nil` to compute all on the event loops.
  let slowThreads: AnswerThreads?
  /// The users; `nil` if everybody may ask.
  let access: Access?
  /// The certificate for TLS; `nil` without it.
  let certificate: ServedCertificate?
  /// The memory that clients make the server hold.
  let memory: ClientMemory
  let memoryReturn = MemoryReturn()
  /// The sockets of clients, as many as the descriptors suffice for.
  let sockets: Quota
  /// The sockets of clients of HTTP.
  let httpSockets: Quota
  let httpStatistics = HTTPStatistics()
  /// The connections that are served.
  let connections: Quota
  /// The connections that are told that there are too many.
  let refusals: Quota
  /// The connections of each address.
  let addresses: AddressQuota
  /// The connections of all event loops.
  let clients = ClientDirectory()
  /// The lists of clients being made: each takes memory that counts for no client.
  let clientLists = Quota(4)
  /// The subscribers to what comes into service.
  let subscribers = SubscriberCounts()
  private let idleNanoseconds: Atomic<Int64>
  /// Happens when a client stops the server.
  let shutdown = Occurrence()
  let startedAt = NIODeadline.now()
  private let statistics = Mutex<[WorkerStatistics]>([])
  private let lastSession = Atomic<Int64>(0)
  /// Why the newest versions are not in service.
  let swapProblems = ModelProblems()
  /// Why the file of what may be listed is not in force.
  let availabilityProblems = ModelProblems()
  let logQueue: LogQueue?
  /// The latest slow requests.
  let slowLog: SlowLog
  /// The latest times of what may delay clients.
  let latency: LatencyMonitor
  /// The start of the counts that INFO and LATENCY report.
  let statisticsReset = StatisticsReset()
  /// The minimum level of the log; `nil` if it is not this server's to set.
  let logLevel: LogThreshold?
  let log: Logger?
  /// How often other versions came into service.
  let swaps = ModelSwaps()
  /// The name, in statistics, of requests that name no command.
  static let unknownCommandName = "unknown"

  init(
    limits: ServerLimits, commands: [DaemonCommand], version: String, threadCount: Int,
    clock: LoopClock = .system, answerThreads: AnswerThreads? = nil,
    storeThreads: AnswerThreads? = nil, slowThreads: AnswerThreads? = nil, access: Access? = nil,
    certificate: ServedCertificate? = nil, logQueue: LogQueue? = nil,
    logLevel: LogThreshold? = nil, log: Logger? = nil
  ) {
    self.limits = limits
    self.commands = commands
    self.logQueue = logQueue
    self.version = version
    self.threadCount = threadCount
    self.clock = clock
    self.answerThreads = answerThreads
    self.storeThreads = storeThreads
    self.slowThreads = slowThreads
    self.access = access
    self.certificate = certificate
    slowLog = SlowLog(
      threshold: limits.slowLogTime, commands: commands.map(\.description),
      warning: limits.logsSlowRequests ? log.map { RepeatedWarning(log: $0) } : nil)
    latency = LatencyMonitor(threshold: limits.latencyTime)
    self.logLevel = logLevel
    self.log = log
    memory = ClientMemory(limit: limits.clientBytes)
    sockets = Quota(limits.connections + limits.refusals)
    httpSockets = Quota(limits.http.sockets)
    connections = Quota(limits.connections)
    refusals = Quota(limits.refusals)
    addresses = AddressQuota(limits.addressConnections)
    idleNanoseconds = Atomic(limits.idleTime.map { TimeAmount($0).nanoseconds } ?? 0)
    identity = Session.Server(
      version: version, commands: CommandTable(commands.map(\.description)),
      hasUsers: access != nil, transactionBytes: limits.request.transactionBytes)
  }

  /// How long a client may send nothing; zero for ever.
  var idleTime: Duration {
    get { .nanoseconds(idleNanoseconds.load(ordering: .relaxed)) }
    set { idleNanoseconds.store(TimeAmount(newValue).nanoseconds, ordering: .relaxed) }
  }

  /// Stops all computation elsewhere; what waits for that is dropped.
  func stopThreads() {
    for threads in [answerThreads, storeThreads, slowThreads] { threads?.stop() }
    access?.stop()
  }

  /// Returns the counts of a new event loop.
  func makeStatistics() -> WorkerStatistics {
    let new = WorkerStatistics(commandCount: commands.count)
    statistics.withLock { $0.append(new) }
    return new
  }

  /// Returns the number for a new connection.
  func nextSession() -> Int64 { lastSession.wrappingAdd(1, ordering: .relaxed).newValue }

  /// Returns the sum of a count over all event loops.
  func total(_ count: (WorkerStatistics) -> Counter) -> Int {
    statistics.withLock { $0 }.reduce(0) { $0 + count($1).value }
  }

  /// The counts of all event loops for each command, in the order of the table; last, for requests that name none.
  var commandFigures: [CommandFigures] {
    let loops = statistics.withLock { $0 }
    let names = commands.map(\.description.name) + [Self.unknownCommandName]
    return names.enumerated().map { place, name in
      CommandFigures(name: name, loops.map { $0.commands[place] })
    }
  }
}
