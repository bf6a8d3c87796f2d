import ExplainedErrors
import Foundation
package import Logging
package import ModelFiles
import ServiceLifecycle
import UnixSignals

/// The whole daemon as one service: it listens, follows the registry, and stops well when told.
package struct DaemonService: Sendable {
  /// How long between looks at which version is in service.
  private static let pollInterval = Duration.milliseconds(500)

  private let registry: ModelRegistry
  private let name: ModelName
  private let waitsForModel: Bool
  private let addresses: [ListenAddress]
  private let limits: ServerLimits
  private let threadCount: Int
  private let version: String
  private let log: Logger
  private let logQueue: LogQueue?
  private let onListening: @Sendable ([ListenAddress]) -> Void

  /// A daemon over the versions of `name` in `registry`, listening on `addresses`, of which there
  /// must be one, with `threadCount` event loops. Unless it `waitsForModel` one has to be in
  /// service from the start. `version` is Latent's. `logQueue` is what `log` writes to, of which INFO
  /// says what was lost. `onListening` is called once it answers.
  package init(
    registry: ModelRegistry, name: ModelName, waitsForModel: Bool, addresses: [ListenAddress],
    limits: ServerLimits, threadCount: Int, version: String, log: Logger, logQueue: LogQueue?,
    onListening: @escaping @Sendable ([ListenAddress]) -> Void
  ) {
    self.registry = registry
    self.name = name
    self.waitsForModel = waitsForModel
    self.addresses = addresses
    self.limits = limits
    self.threadCount = threadCount
    self.version = version
    self.log = log
    self.logQueue = logQueue
    self.onListening = onListening
  }

  /// Signals that would end the process and have no meaning for it: the terminal's or the alarm
  /// clock's, those that others use to have a log opened again, and a write to a pipe or a file that
  /// takes no more, which fails then.
  private static let ignoredSignals = [SIGHUP, SIGUSR1, SIGUSR2, SIGALRM, SIGPIPE, SIGXFSZ]

  /// Serves until SIGTERM or SIGINT, and then until what is in flight is answered. Throws a
  /// ``DaemonError`` when it can't listen.
  package func runUntilSignalled() async throws {
    for ignored in Self.ignoredSignals { signal(ignored, SIG_IGN) }
    let service = ServiceGroupConfiguration.ServiceConfiguration(
      service: ClosureService(run), successTerminationBehavior: .gracefullyShutdownGroup,
      serviceName: "latent serve")
    try await ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [service], gracefulShutdownSignals: [.sigterm, .sigint], logger: log)
    ).run()
  }

  /// Serves until the group that this runs in is told to stop.
  private func run() async throws {
    let reader = WorkThreads(named: "models", count: 1, queueLimit: 4)
    defer { reader.stop() }
    var watcher = ModelWatcher(registry.versions(of: name))
    let server = try await start(&watcher, reader)
    do {
      warnOfOpenAddresses(server.addresses)
      onListening(server.addresses)
      try await cancelWhenGracefulShutdown { [watcher] in
        try await follow(watcher, server, reader)
      }
    } catch is CancellationError {
      log.info("stopping: no new connections, answering what is in flight")
    } catch {
      try? await server.stop()
      throw error
    }
    try await server.stop()
    log.info("stopped")
  }

  /// Starts to listen with what is in service. The model is read through, and made ready for fast
  /// answers, in the background: what can be answered is answered at once, however large it is.
  private func start(
    _ watcher: inout ModelWatcher, _ reader: WorkThreads
  ) async throws -> Server {
    let budget = try DescriptorBudget.claim(
      connections: limits.connections, loopCount: threadCount, log: log)
    var limits = limits
    (limits.connections, limits.refusals) = (budget.connections, budget.refusals)
    let first = watcher.open()
    if first.model == nil, !waitsForModel { throw noModel(first) }
    let server = try await Server.start(
      on: addresses, model: first.model, limits: limits, threadCount: threadCount,
      version: version, log: log, logQueue: logQueue)
    try await take(first, server)
    if case .unchanged = first {
      let absent = AbsentModel(name, in: registry)
      log.warning("\(absent.place): \(absent.problem). Waiting: requests get NO_MODEL until then")
    }
    if let model = first.model { _ = reader.submit { model.prepare() } }
    return server
  }

  /// Checks what was opened, then takes up each new version, until the task is cancelled. Holds on
  /// to none.
  private func follow(
    _ watcher: ModelWatcher, _ server: Server, _ reader: WorkThreads
  ) async throws {
    var (watcher, finding) = try await reader.run {
      var checking = watcher
      let finding = checking.check()
      return (checking, finding)
    }
    while true {
      try await take(finding, server)
      finding = .unchanged
      try await Task.sleep(for: Self.pollInterval)
      (watcher, finding) = try await reader.run { [watcher] in
        var looking = watcher
        let finding = looking.look()
        return (looking, finding)
      }
    }
  }

  private func take(_ finding: ModelWatcher.Finding, _ server: Server) async throws {
    switch finding {
    case .unchanged:
      break
    case .recovered:
      server.setSwapProblem(nil)
    case .opened(let model):
      try await serve(model, server)
      server.setSwapProblem(nil)
    case .failed(let problem):
      server.setSwapProblem(problem.withoutPaths)
      log.error(
        "the current version of \(name) can't be taken up; what is served stays: \(problem)")
    case .fellBack(let model, let problem):
      server.setSwapProblem(problem.withoutPaths)
      log.error("the current version of \(name) can't be served: \(problem)")
      if let model {
        log.error("going back to version \(model.facts.version), the newest before it that is good")
        try await serve(model, server)
      } else {
        log.error("no earlier version of \(name) is good: requests get NO_MODEL until one is")
        try await server.serve(nil)
      }
    }
  }

  private func serve(_ model: RecommenderAnswers, _ server: Server) async throws {
    try await server.serve(model)
    let facts = model.facts
    log.info(
      """
      serving \(facts.name) version \(facts.version): \(facts.kind), \(facts.userCount) users, \
      \(facts.itemCount) items, written \(facts.createdAt)
      """)
  }

  private func noModel(_ finding: ModelWatcher.Finding) -> DaemonError {
    let absent = AbsentModel(name, in: registry)
    guard case .failed(let problem) = finding else {
      return DaemonError(
        .noModel, absent.problem, place: absent.place, remedy: absent.remedy)
    }
    guard problem.error.code != .outOfResources else {
      return DaemonError(
        .failed, problem.error.problem, place: problem.error.place,
        remedy: "\(problem.error.remedy) With --wait it is tried again until it succeeds.")
    }
    return DaemonError(
      .noModel, "no version of \(name) that was in service can be opened: \(problem)",
      place: absent.place,
      remedy: "Promote another, or start with --wait to serve as soon as there is a good one.")
  }

  private func warnOfOpenAddresses(_ addresses: [ListenAddress]) {
    for address in addresses where !address.isPrivate {
      log.warning(
        "\(address) can be reached from other machines, and whoever reaches it may ask anything")
    }
  }
}

extension ModelWatcher.Finding {
  /// The version that was opened, if one was.
  fileprivate var model: RecommenderAnswers? {
    switch self {
    case .opened(let model), .fellBack(let model?, _): model
    case .unchanged, .recovered, .failed, .fellBack(nil, _): nil
    }
  }
}
