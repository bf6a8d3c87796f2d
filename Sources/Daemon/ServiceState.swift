import Foundation
import LineProtocol
import Logging
import NIOCore
import Synchronization

/// What all event loops of a server share.
final class ServiceState: Sendable {
  let limits: ServerLimits
  /// What the server is asked by.
  let commands: [DaemonCommand]
  /// What every session says of the server.
  let identity: Session.Server
  /// The version of Latent.
  let version: String
  let threadCount: Int
  let clock: LoopClock
  /// Where answers are computed that take long; nil to compute all on the event loops.
  let answerThreads: AnswerThreads?
  /// Where answers are computed for which a store is asked first; nil without one.
  let storeThreads: AnswerThreads?
  /// Where answers are computed that are slow whatever is asked; nil to compute all on the event loops.
  let slowThreads: AnswerThreads?
  /// Who may ask; nil where everybody may.
  let access: Access?
  /// What TLS shows; nil where there is none.
  let certificate: ServedCertificate?
  /// What clients make the server hold.
  let memory: ClientMemory
  let memoryReturn = MemoryReturn()
  /// The sockets of clients, of which there are as many as the descriptors suffice for.
  let sockets: Quota
  /// The sockets of clients of HTTP.
  let httpSockets: Quota
  let httpStatistics = HTTPStatistics()
  /// Connections that are answered.
  let connections: Quota
  /// Connections that are told that there are too many.
  let refusals: Quota
  /// Connections of each address.
  let addresses: AddressQuota
  /// The connections of all event loops.
  let clients = ClientDirectory()
  /// Lists of them that are being made: each takes memory that is no client's.
  let clientLists = Quota(4)
  /// Who is told of what comes in service.
  let subscribers = SubscriberCounts()
  private let idleNanoseconds: Atomic<Int64>
  /// A client has the server stop.
  let shutdown = Occurrence()
  let startedAt = NIODeadline.now()
  private let statistics = Mutex<[WorkerStatistics]>([])
  private let lastSession = Atomic<Int64>(0)
  /// Why the newest versions are not in service.
  let swapProblems = ModelProblems()
  /// Why the file of what may be listed is not heeded as it is.
  let availabilityProblems = ModelProblems()
  let logQueue: LogQueue?
  /// The newest requests that took long.
  let slowLog: SlowLog
  /// When what took long.
  let latency: LatencyMonitor
  /// From when on INFO and LATENCY tell what was counted.
  let statisticsReset = StatisticsReset()
  /// What is logged; nil where that is not this server's to say.
  let logLevel: LogThreshold?
  let log: Logger?
  /// How often other versions came in service.
  let swaps = ModelSwaps()
  /// What figures call requests that name no command.
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

  /// Has whatever is computed elsewhere end; what waits for that is dropped.
  func stopThreads() {
    for threads in [answerThreads, storeThreads, slowThreads] { threads?.stop() }
    access?.stop()
  }

  /// Counts of a new event loop.
  func makeStatistics() -> WorkerStatistics {
    let new = WorkerStatistics(commandCount: commands.count)
    statistics.withLock { $0.append(new) }
    return new
  }

  /// The number for a new connection.
  func nextSession() -> Int64 { lastSession.wrappingAdd(1, ordering: .relaxed).newValue }

  /// The sum of what all event loops have counted.
  func total(_ count: (WorkerStatistics) -> Counter) -> Int {
    statistics.withLock { $0 }.reduce(0) { $0 + count($1).value }
  }

  /// What all event loops have counted of each command, in the order of the table; last, of what named none.
  var commandFigures: [CommandFigures] {
    let loops = statistics.withLock { $0 }
    let names = commands.map(\.description.name) + [Self.unknownCommandName]
    return names.enumerated().map { place, name in
      CommandFigures(name: name, loops.map { $0.commands[place] })
    }
  }
}
