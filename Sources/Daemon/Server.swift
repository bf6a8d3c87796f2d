import Errors
import Foundation
package import Logging
import NIOCore
import NIOPosix
import Synchronization

/// The sockets, the event loops, and the models that they serve.
package final class Server: Sendable {
  /// The addresses that the server listens on, with the ports that the system chose.
  package let addresses: [ListenAddress]
  /// Those that other machines reach, and where everybody may ask anything.
  let openAddresses: [ListenAddress]
  /// Those that other machines reach without TLS.
  let plainAddresses: [ListenAddress]
  /// The addresses for HTTP, likewise.
  package let httpAddresses: [ListenAddress]
  private let group: MultiThreadedEventLoopGroup
  private let service: ServiceState
  private let workers: [NIOLoopBound<Worker>]
  private let httpPort: NIOLoopBound<HTTPPort>
  private let listeners: [any Channel]
  /// The purpose of each listener.
  private let kinds: [ListeningSocket]
  private let sockets: [UnixSocket]
  private let log: Logger
  private let isStopping = Atomic(false)

  /// Starts to listen on `addresses`, which must not be empty, with `models` in service.
  ///
  /// Throws a ``DaemonError`` if one of them is not available; then none is listened on. Clients have to log in if
  /// there is an `access`; `addresses` for TLS need a `certificate`. Listens beyond this machine for everybody only if
  /// it `isInsecure`. Of the sockets handed over by another server, `inherited`, those among the addresses are used;
  /// nobody is accepted then before ``beginToAccept()``.
  package static func start(
    on addresses: [ListenAddress], models: ServedModels = ServedModels(nil),
    access: Access? = nil, certificate: ServedCertificate? = nil, isInsecure: Bool = false,
    rights: UnixSocket.Rights = UnixSocket.Rights(),
    commands: [DaemonCommand] = DaemonCommand.all, limits: ServerLimits = ServerLimits(),
    threadCount: Int, version: String, log: Logger, clock: LoopClock = .system,
    logQueue: LogQueue? = nil, logLevel: LogThreshold? = nil, http: HTTPSettings = HTTPSettings(),
    inheriting inherited: ListeningSockets? = nil
  ) async throws -> Server {
    precondition(!addresses.isEmpty && threadCount > 0, "nothing to listen on or with")
    let answerThreads = AnswerThreads(
      "answers", count: limits.answerThreads, queueLimit: limits.connections)
    let storeThreads = models.ratings.map { _ in
      AnswerThreads("store", count: limits.answerThreads, queueLimit: limits.connections)
    }
    let slowThreads = AnswerThreads(
      "slow", count: limits.slowThreads, queueLimit: limits.slowQueue)
    let service = ServiceState(
      limits: limits, commands: commands, version: version, threadCount: threadCount,
      clock: clock, answerThreads: answerThreads, storeThreads: storeThreads,
      slowThreads: slowThreads, access: access, certificate: certificate, logQueue: logQueue,
      logLevel: logLevel, log: log)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: threadCount)
    let policy = ListenPolicy(
      hasUsers: access != nil, requiresCertificates: certificate?.files.clients == .yes,
      isInsecure: isInsecure)
    var listening = Listening(policy: policy, rights: rights, inheriting: inherited)
    var httpListening = Listening(
      policy: policy, rights: rights, for: .http, inheriting: inherited)
    do {
      var workers: [NIOLoopBound<Worker>] = []
      for eventLoop in group.makeIterator() {
        let worker = try await eventLoop.submit {
          let worker = Worker(service: service, models: models)
          return NIOLoopBound(worker, eventLoop: eventLoop)
        }.get()
        service.clients.add(worker)
        workers.append(worker)
      }
      models.ratings?.tellOfTransactions(service.latency)
      let warnings = ConnectionWarnings(log: log)
      for address in addresses {
        let bootstrap = bootstrap(
          group, workers: workers, service: service, isEncrypted: address.isEncrypted,
          warnings: warnings, log: log)
        try await listening.add(address) { _ in bootstrap }
      }
      let httpPort = try await openHTTP(
        http, workers[0], service: service, log: log, &httpListening)
      return Server(
        listening: listening, http: httpListening, httpPort: httpPort, group: group,
        service: service, workers: workers, log: log)
    } catch {
      await listening.close()
      await httpListening.close()
      try? await group.shutdownGracefully()
      service.clients.removeAll()
      service.stopThreads()
      throw error
    }
  }

  /// Opens the HTTP port on the event loop of `worker`.
  private static func openHTTP(
    _ settings: HTTPSettings, _ worker: NIOLoopBound<Worker>, service: ServiceState, log: Logger,
    _ listening: inout Listening
  ) async throws -> NIOLoopBound<HTTPPort> {
    let port = try await worker.eventLoop.submit {
      NIOLoopBound(
        HTTPPort(worker: worker.value, settings: settings, log: log), eventLoop: worker.eventLoop)
    }.get()
    let (warning, handshakeWarning) = (RepeatedWarning(log: log), RepeatedWarning(log: log))
    for address in settings.addresses {
      try await listening.add(address) { isPrivate in
        HTTPPort.bootstrap(
          port, on: worker.eventLoop, isPrivate: isPrivate,
          encryption: address.isEncrypted ? handshakeWarning : nil, sockets: service.httpSockets,
          limits: service.limits.http, warning: warning)
      }
    }
    return port
  }

  private init(
    listening: Listening, http: Listening, httpPort: NIOLoopBound<HTTPPort>,
    group: MultiThreadedEventLoopGroup, service: ServiceState, workers: [NIOLoopBound<Worker>],
    log: Logger
  ) {
    addresses = listening.addresses
    httpAddresses = http.addresses
    openAddresses = listening.openAddresses + http.openAddresses
    plainAddresses = listening.plainAddresses + http.plainAddresses
    listeners = listening.channels + http.channels
    kinds = listening.kinds + http.kinds
    self.httpPort = httpPort
    sockets = listening.sockets
    self.group = group
    self.service = service
    self.workers = workers
    self.log = log
  }

  /// Puts `model`, or none, in service under the name at `place`, on each event loop from its next request on. Requests
  /// in progress end with the models that they began with. For each name, only one caller at a time.
  package func serve(_ model: ServedModel?, at place: Int = 0) async throws {
    let began = NIODeadline.now()
    defer { service.latency.note(.modelSwap, .now() - began) }
    // Released here, not on the event loops.
    var replaced: [Worker.Replaced] = []
    for worker in workers {
      replaced.append(
        try await worker.eventLoop.submit { worker.value.serve(model, at: place) }.get())
    }
    withExtendedLifetime(replaced) {}
  }

  /// Returns once each event loop has responded; a watchdog checks that they all do.
  func waitForEachLoop() async throws {
    for worker in workers { try await worker.eventLoop.submit {}.get() }
  }

  /// Logs out everybody, from the next request on, except clients whose login is unchanged in `logins`.
  func serve(_ logins: LoginTable) async throws {
    for worker in workers {
      try await worker.eventLoop.submit { worker.value.serve(logins) }.get()
    }
  }

  /// The sections of INFO, a line each, for the log. Waits for an event loop, so must not be called on one.
  var informationLines: [String] {
    guard let worker = workers.first else { return [] }
    let information = try? worker.eventLoop.submit {
      ServerInformation(service: worker.value.service, models: worker.value.models)
    }.wait()
    return information?.lines ?? []
  }

  /// The latest slow requests.
  package var slowLog: SlowLog { service.slowLog }

  /// Gives memory that clients have released back to the system, if they hold little now. Blocks for milliseconds.
  package func returnMemoryIfCalm() {
    service.memoryReturn.giveIfCalm(holding: service.memory.byteCount)
  }

  /// Sets the reason in INFO why the newest version of `name` is not in service; `nil` if it is.
  package func setSwapProblem(_ problem: String?, of name: String) {
    service.swapProblems.set(problem, of: name)
    if problem != nil { service.swaps.countFailure(of: name) }
  }

  /// Counts another version of `name` that came into service, or none, and notifies the subscribers.
  package func noteSwap(of name: String, to facts: ModelFacts?) {
    if facts != nil { service.swaps.countSwap(of: name) }
    let message = ChannelMessage(facts, of: name)
    for worker in workers {
      worker.eventLoop.execute { worker.value.publish(message, on: worker.eventLoop) }
    }
  }

  /// Returns once a client has said SHUTDOWN, or the task is cancelled. Only one task may wait.
  package func waitForShutdown() async { await service.shutdown.wait() }

  /// Sets the reason in INFO why the file of what may be listed of `name` is not in force; `nil` if it is.
  package func setAvailabilityProblem(_ problem: String?, of name: String) {
    service.availabilityProblems.set(problem, of: name)
  }

  /// Accepts clients, if that was deferred, and gives the inherited Unix sockets their configured rights.
  package func beginToAccept() async throws {
    for socket in sockets where socket.isInherited { try socket.giveAsConfigured() }
    for listener in listeners { try await listener.setOption(.autoRead, value: true).get() }
  }

  /// Returns copies of the listening sockets, for another server. Waits for event loops, so must not be called on one.
  package func listeningSockets() throws -> ListeningSockets {
    var sockets: [(socket: ListeningSocket, descriptor: CInt)] = []
    do {
      for (listener, kind) in zip(listeners, kinds) {
        let descriptor = try listener.eventLoop.submit { try listener.copiedDescriptor() }.wait()
        sockets.append((kind, descriptor))
      }
    } catch {
      for socket in sockets { close(socket.descriptor) }
      throw error
    }
    return ListeningSockets(sockets)
  }

  /// Whether a model is in service under each name.
  var isReady: Bool {
    (try? workers.first?.eventLoop.submit { [workers] in
      workers[0].value.models.areAllInService
    }.wait()) ?? false
  }

  /// Who owns the listening sockets when the server stops: their queues of clients, and their files.
  package enum Succession: Sendable {
    /// Nobody: they end with the server.
    case none
    /// The other server, for those that were inherited; nobody was accepted.
    case givenBack
    /// Another server, which accepts the clients in their queues.
    case handedOver
  }

  /// Stops accepting, answers what is in flight, closes all connections, and ends within ``ServerLimits/stopTime``.
  /// Further calls do nothing.
  package func stop(_ succession: Succession = .none) async throws {
    guard !isStopping.exchange(true, ordering: .relaxed) else { return }
    let cutOff = NIODeadline.now() + TimeAmount(service.limits.stopTime)
    if case .none = succession { await acceptWhoHasConnected() }
    for listener in listeners { try? await listener.close() }
    for socket in sockets {
      switch succession {
      case .none: socket.removeFile()
      case .givenBack where !socket.isInherited: socket.removeFile()
      case .givenBack, .handedOver: break
      }
    }
    let stopTime = TimeAmount(service.limits.stopTime)
    let drained = service.clock.now() + min(TimeAmount(service.limits.drainTime), stopTime)
    let answered = service.clock.now() + min(TimeAmount(service.limits.slowStopTime), stopTime)
    let closed = group.any().makePromise(of: Void.self)
    let all =
      workers.map { worker in
        worker.eventLoop.flatSubmit {
          worker.value.stop(by: drained, slowBy: answered, on: worker.eventLoop)
        }
      } + [
        httpPort.eventLoop.flatSubmit { [httpPort] in
          httpPort.value.stop(on: httpPort.eventLoop)
        }
      ]
    EventLoopFuture.whenAllComplete(all, on: closed.futureResult.eventLoop).map { _ in }
      .cascade(to: closed)
    let cut = closed.futureResult.eventLoop.scheduleTask(deadline: cutOff) {
      [workers, httpPort, log] in
      httpPort.eventLoop.execute { httpPort.value.closeAll() }
      for worker in workers {
        worker.eventLoop.execute {
          let count = worker.value.closeAll()
          if count > 0 {
            log.warning(
              """
              stopping: cut off \(count == 1 ? "a client" : "\(count) clients") still sending, or \
              not reading answers
              """)
          }
        }
      }
    }
    try await closed.futureResult.get()
    cut.cancel()
    service.stopThreads()
    try await group.shutdownGracefully()
    service.clients.removeAll()
  }

  /// Waits briefly until clients whose connections the system has established are accepted: closing the listener would
  /// reset them, and lose the requests that they have sent.
  private func acceptWhoHasConnected() async {
    for _ in 0..<10 {
      let isPending = listeners.map { listener in
        listener.eventLoop.submit { listener.hasClientsToAccept }
      }
      var isAnyPending = false
      for pending in isPending where (try? await pending.get()) == true { isAnyPending = true }
      guard isAnyPending else { return }
      try? await Task.sleep(for: .milliseconds(10))
    }
  }

  /// The bytes of answers that the system may hold for a client (Linux takes twice as many). By default it holds
  /// megabytes for one that does not read, which no limit here counts, and which take long to release.
  private static let systemSendBuffer: SocketOptionValue = 212_992

  private static func bootstrap(
    _ group: MultiThreadedEventLoopGroup, workers: [NIOLoopBound<Worker>], service: ServiceState,
    isEncrypted: Bool, warnings: ConnectionWarnings, log: Logger
  ) -> ServerBootstrap {
    let limits = service.limits
    let byLoop = Dictionary(
      uniqueKeysWithValues: workers.map { (ObjectIdentifier($0.eventLoop), $0) })
    return ServerBootstrap(group: group)
      .accepting(by: service.sockets, warning: warnings.notAccepted)
      .childChannelOption(.socketOption(.so_sndbuf), value: Self.systemSendBuffer)
      .childChannelOption(
        .writeBufferWaterMark,
        value: .init(low: max(1, limits.unreadBytes / 2), high: max(2, limits.unreadBytes))
      )
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          guard let worker = byLoop[ObjectIdentifier(channel.eventLoop)] else {
            preconditionFailure("a connection on an event loop without a worker")
          }
          if isEncrypted {
            try channel.encrypt(by: worker.value, warning: warnings.handshake)
          }
          try channel.pipeline.syncOperations.addHandler(
            ConnectionHandler(
              worker: worker.value, isEncrypted: isEncrypted, warnings: warnings, log: log))
          try channel.keepAlive()
        }
      }
  }
}

extension Channel {
  /// How long a connection may be silent before the system probes whether its other end is still there, in seconds:
  /// Redis's `tcp-keepalive`.
  private static var keepAliveSeconds: Int { 300 }

  /// Makes the system detect that a client's machine is gone without notice.
  fileprivate func keepAlive() throws {
    guard let protocolFamily = localAddress?.protocol, protocolFamily != .unix,
      let options = syncOptions
    else { return }
    try options.setOption(.socketOption(.so_keepalive), value: 1)
    try options.setOption(.tcpOption(.init(rawValue: TCP_KEEPIDLE)), value: Self.keepAliveSeconds)
    try options.setOption(
      .tcpOption(.init(rawValue: TCP_KEEPINTVL)), value: Self.keepAliveSeconds / 3)
    try options.setOption(.tcpOption(.init(rawValue: TCP_KEEPCNT)), value: 3)
  }

  /// Returns a copy of its socket's descriptor, which is the caller's.
  fileprivate func copiedDescriptor() throws -> CInt {
    let copy = try pipeline.syncOperations.withUnsafeTransportIfAvailable(
      of: NIOBSDSocket.Handle.self
    ) { fcntl($0, F_DUPFD_CLOEXEC, 0) }
    guard let copy, copy >= 0 else {
      throw DaemonError.system("fcntl", localAddress?.description ?? "a listening socket")
    }
    return copy
  }

  /// Whether connections wait to be accepted by this listener.
  fileprivate var hasClientsToAccept: Bool {
    let isReadable = try? pipeline.syncOperations.withUnsafeTransportIfAvailable(
      of: NIOBSDSocket.Handle.self
    ) { descriptor in
      var listener = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      return poll(&listener, 1, 0) == 1
    }
    return isReadable ?? false
  }
}
