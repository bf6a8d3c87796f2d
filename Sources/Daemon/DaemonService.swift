import Errors
import Foundation
package import Logging
package import ModelRegistry
import Ratings
import ServiceLifecycle
import UnixSignals

/// The whole daemon as one service: listens, follows the registry, and shuts down gracefully.
package struct DaemonService: Sendable {
  private let registry: ModelRegistry
  private let names: [ModelName]
  private let waitsForModel: Bool
  private let availablePath: String?
  private let store: LiveStore?
  private let access: Access?
  private let certificate: ServedCertificate?
  private let addresses: [ListenAddress]
  private let rights: UnixSocket.Rights
  private let isInsecure: Bool
  private let http: HTTPSettings
  private let limits: ServerLimits
  private let threadCount: Int
  private let version: String
  private let log: Logger
  private let logQueue: LogQueue?
  private let logLevel: LogThreshold?
  private let reloads: [Reload]
  private let manager: ServiceManager
  private let handoverPath: String?
  private let onListening: @Sendable ([String]) -> Void

  /// Creates a daemon that serves the versions of `names` in `registry`.
  ///
  /// - Parameters:
  ///   - registry: The registry of models.
  ///   - names: The names to serve, at least one.
  ///   - waitsForModel: Whether names may lack a version in service at the start.
  ///   - availablePath: A file of item ids; lists hold no other items.
  ///   - store: The store that ratings are written to; answers are based on what it has about users.
  ///   - access: The users that clients have to log in as; `nil` if there are none.
  ///   - certificate: The certificate, which addresses for TLS require.
  ///   - addresses: The addresses to listen on, at least one.
  ///   - isInsecure: Whether to listen beyond this machine even if everybody is let in.
  ///   - http: Where to answer by HTTP.
  ///   - threadCount: The number of event loops.
  ///   - version: Latent's version.
  ///   - logQueue: What `log` writes to; INFO says what was lost.
  ///   - reloads: The actions on SIGHUP.
  ///   - manager: The service manager, which is notified of the state.
  ///   - handoverPath: The Unix socket by which listening sockets are taken over from a running daemon, and handed over
  ///     in turn.
  ///   - onListening: Called with the addresses once it answers.
  package init(
    registry: ModelRegistry, names: [ModelName], waitsForModel: Bool, availablePath: String? = nil,
    store: LiveStore? = nil, access: Access? = nil, certificate: ServedCertificate? = nil,
    addresses: [ListenAddress], rights: UnixSocket.Rights = UnixSocket.Rights(),
    isInsecure: Bool = false, http: HTTPSettings = HTTPSettings(), limits: ServerLimits,
    threadCount: Int, version: String,
    log: Logger, logQueue: LogQueue?, logLevel: LogThreshold? = nil, reloads: [Reload] = [],
    manager: ServiceManager = .none, handoverPath: String? = nil,
    onListening: @escaping @Sendable ([String]) -> Void
  ) {
    self.registry = registry
    precondition(!names.isEmpty, "no model to serve")
    self.names = names
    self.waitsForModel = waitsForModel
    self.availablePath = availablePath
    self.store = store
    self.access = access
    self.certificate = certificate
    self.addresses = addresses
    self.rights = rights
    self.isInsecure = isInsecure
    self.http = http
    self.limits = limits
    self.threadCount = threadCount
    self.version = version
    self.log = log
    self.logQueue = logQueue
    self.logLevel = logLevel
    self.reloads = reloads
    self.manager = manager
    self.handoverPath = handoverPath
    self.onListening = onListening
  }

  /// The maximum number of addresses of a daemon that hands them over; its own handover socket comes on top.
  package static let handoverLimit = HandoverWord.descriptorLimit - 1

  /// Signals that would end the process: those handled once it answers (``SignalActions``), those without a meaning for
  /// it, and writes to a pipe or file that takes no more, which fail instead.
  private static let ignoredSignals = [SIGHUP, SIGUSR1, SIGUSR2, SIGALRM, SIGPIPE, SIGXFSZ]

  /// Serves until SIGTERM or SIGINT, or until another daemon takes over, and then until everything in flight is
  /// answered. Throws a ``DaemonError`` if it can't listen.
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

  /// Serves until the service group is told to stop, or another daemon serves in its place.
  private func run() async throws {
    let ratings = store.map { LiveRatings($0.store, reading: $0.query, log: log) }
    defer { ratings?.stop() }
    let started: (Server, [ModelFollower], HandoverService?)
    do { started = try await start(goingBy: ratings) } catch let error as DaemonError
      where error.code == .notHandedOver && Task.isShuttingDownGracefully
    {
      return log.info("\(error.problem): the previous daemon keeps its sockets")
    }
    let (server, followers, handover) = started
    let accessFollower = AccessFollower(access, certificate, on: server, log: log)
    manager.tellReady(
      "listening on \(server.addresses.map(\.description).joined(separator: ", "))")
    let watchdog = manager.watchdogInterval.map { interval in
      Task { [manager] in
        while !Task.isCancelled {
          try await server.waitForEachLoop()
          manager.tellAlive()
          try await Task.sleep(for: interval)
        }
      }
    }
    defer { watchdog?.cancel() }
    await waitForTheEnd(of: server, handover)
    manager.tellStopping()
    for follower in followers { follower.stop() }
    accessFollower?.stop()
    let isHandedOver = handover?.stop() ?? false
    log.info("stopping: no new connections, answering requests in flight")
    try await server.stop(isHandedOver ? .handedOver : .none)
    log.info("stopped")
  }

  /// Returns when this is told to stop, by a signal or SHUTDOWN, or another daemon serves.
  private func waitForTheEnd(of server: Server, _ handover: HandoverService?) async {
    await withTaskGroup { group in
      // Throws when the task is cancelled, which also means to stop.
      group.addTask { try? await gracefulShutdown() }
      group.addTask { await server.waitForShutdown() }
      if let handover { group.addTask { await handover.waitForSuccessor() } }
      await group.next()
      group.cancelAll()
    }
  }

  /// What is known of a name before the server starts.
  private struct Beginning {
    let name: ModelName
    let watcher: ModelWatcher
    let first: ModelWatcher.Finding
    let availability: AvailabilityWatcher?
    let model: ServedModel?
  }

  /// Starts to listen, with the models in service.
  private func start(
    goingBy ratings: LiveRatings?
  ) async throws -> (Server, [ModelFollower], HandoverService?) {
    // Goes first: what follows opens files.
    let budget = try DescriptorBudget.claim(
      connections: limits.connections,
      besides: http.addresses.isEmpty ? 0 : limits.http.sockets, loopCount: threadCount, log: log)
    var limits = limits
    limits.isShortOfDescriptors = budget.connections < limits.connections
    (limits.connections, limits.refusals) = (budget.connections, budget.refusals)
    let beginnings = try names.map { name throws(DaemonError) in try begin(name) }
    var models = ServedModels(names: names.map(\.text)).goingBy(ratings)
    for (place, beginning) in beginnings.enumerated() {
      models = models.replacing(place, by: beginning.model)
    }
    let takeover = try takeOver(with: models)
    let server = try await Server.start(
      on: addresses, models: models, access: access, certificate: certificate,
      isInsecure: isInsecure, rights: rights, limits: limits, threadCount: threadCount,
      version: version, log: log, logQueue: logQueue, logLevel: logLevel, http: http,
      inheriting: takeover?.sockets)
    let handoverSocket = try await serveInPlace(of: takeover, server)
    for beginning in beginnings {
      guard case .unchanged = beginning.first else { continue }
      let absent = AbsentModel(beginning.name, in: registry)
      log.warning(
        "\(absent.place): \(absent.problem). Waiting for one: requests get NO_MODEL until then")
    }
    warnOfOpenAddresses(server)
    let followers = beginnings.enumerated().map { place, beginning in
      ModelFollower(
        of: beginning.name, at: place, on: server, first: beginning.first,
        serving: beginning.model, watcher: beginning.watcher, availability: beginning.availability,
        log: log)
    }
    // Before anybody learns that it answers, and sends a signal.
    await SignalActions(reloads: reloads, report: { server.informationLines }, log: log).begin()
    onListening(
      server.addresses.map { "\($0)\($0.isEncrypted ? " (TLS)" : "")" }
        + server.httpAddresses.map { "\($0.isEncrypted ? "https" : "http")://\($0)" })
    let handover = try handoverSocket.map { socket throws(DaemonError) in
      try HandoverService(at: socket, log: log) {
        (try server.listeningSockets(), server.isReady)
      }
    }
    return (server, followers, handover)
  }

  /// Asks the running daemon, if there is one, for its sockets.
  private func takeOver(with models: ServedModels) throws(DaemonError) -> Takeover? {
    guard let handoverPath, let takeover = try Takeover(at: handoverPath, log: log) else {
      return nil
    }
    guard models.areAllInService || !takeover.isOtherReady else {
      throw DaemonError(
        .notHandedOver,
        "the running daemon has all its models in service, and this one would not",
        place: handoverPath,
        remedy: "It keeps serving. Give the models folder and the names that it serves.")
    }
    return takeover
  }

  /// Makes `server` accept clients in place of the daemon taken over from; returns the socket for its own handover.
  private func serveInPlace(of takeover: Takeover?, _ server: Server) async throws -> UnixSocket? {
    guard let handoverPath else { return nil }
    do {
      let inherited = takeover.flatMap {
        UnixSocket(path: handoverPath, among: $0.sockets, as: .handover)
      }
      let socket = try inherited ?? UnixSocket(path: handoverPath)
      guard let takeover else { return socket }
      do {
        // If told to stop meanwhile, leaves everything as it was.
        guard !Task.isShuttingDownGracefully else {
          throw DaemonError(
            .notHandedOver, "told to stop before it took over", place: handoverPath,
            remedy: "The previous daemon keeps serving.")
        }
        try takeover.begin()
        try await server.beginToAccept()
        try takeover.finish()
        takeover.sockets.removeFiles()
        log.info("took over from the previous daemon")
        return socket
      } catch {
        if !socket.isInherited { socket.removeFile() }
        close(socket.descriptor)
        throw error
      }
    } catch {
      try await server.stop(.givenBack)
      throw error
    }
  }

  /// Opens the version in service under `name`.
  private func begin(_ name: ModelName) throws(DaemonError) -> Beginning {
    var watcher = ModelWatcher(registry.versions(of: name))
    let first = watcher.open()
    if first.model == nil, !waitsForModel { throw noModel(name, first) }
    var availability = availablePath.map { AvailabilityWatcher(path: $0) }
    let model = try restricted(first.model, by: &availability)
    return Beginning(
      name: name, watcher: watcher, first: first, availability: availability, model: model)
  }

  /// Returns `model` as it is served first; throws if what may be listed can't be determined.
  private func restricted(
    _ model: ServedModel?, by availability: inout AvailabilityWatcher?
  ) throws(DaemonError) -> ServedModel? {
    guard let (served, problem) = availability?.restrict(model) else { return model }
    guard let problem else { return served }
    throw DaemonError(
      .unservableModel, problem.problem, place: problem.place, remedy: problem.remedy)
  }

  private func noModel(_ name: ModelName, _ finding: ModelWatcher.Finding) -> DaemonError {
    let absent = AbsentModel(name, in: registry)
    guard case .failed(let problem) = finding else {
      return DaemonError(
        .noModel, absent.problem, place: absent.place, remedy: absent.remedy)
    }
    guard problem.error.code != .outOfResources else {
      return DaemonError(
        .unservableModel, problem.error.problem, place: problem.error.place,
        remedy: problem.error.remedy)
    }
    return DaemonError(
      .unservableModel, "no version of \(name) that was in service can be opened: \(problem)",
      place: absent.place, remedy: "Promote another.")
  }

  /// Warns of what is not as safe as it could be: access for everybody, and passwords that an eavesdropper can read.
  private func warnOfOpenAddresses(_ server: Server) {
    for address in server.openAddresses {
      log.warning(
        "\(address) can be reached from other machines without authentication")
    }
    for address in server.plainAddresses where access != nil {
      log.warning(
        "\(address) can be reached from other machines, and passwords are sent there unencrypted")
    }
  }
}
