import Errors
import Foundation
package import Logging
import NIOCore
import NIOPosix
import Synchronization

/// The sockets, the event loops, and the model that they serve.
package final class Server: Sendable {
  /// Where the server listens, with the port that the system chose.
  package let addresses: [ListenAddress]
  /// Those that others than programs on this machine reach, where everybody may ask anything.
  let openAddresses: [ListenAddress]
  /// Those that they reach without TLS.
  let plainAddresses: [ListenAddress]
  /// Where it answers by HTTP, likewise.
  package let httpAddresses: [ListenAddress]
  private let group: MultiThreadedEventLoopGroup
  private let service: ServiceState
  private let workers: [NIOLoopBound<Worker>]
  private let httpPort: NIOLoopBound<HTTPPort>
  private let listeners: [any Channel]
  /// What each of those is.
  private let kinds: [ListeningSocket]
  private let sockets: [UnixSocket]
  private let log: Logger
  private let isStopping = Atomic(false)

  /// Starts to listen on `addresses`, which must not be empty, with `models` in service. Throws a
  /// ``DaemonError`` when one of them can't be had; then none is listened on. Clients have to say who they are where there is an
  /// `access`; where one of `addresses` is for TLS there is a `certificate`. It listens beyond this machine for everybody only where it
  /// `isInsecure`. Of what another server hands over what is among the addresses is `inherited`; nobody is accepted then before
  /// ``beginToAccept()``.
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

  /// Begins to answer by HTTP on the event loop of `worker`.
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

  /// Puts `model`, or none, in service under the name at `place`, from the next request on, on each event loop. Requests under
  /// way end with the models that they began with. What is put under one name is put there by one caller at a time.
  package func serve(_ model: ServedModel?, at place: Int = 0) async throws {
    let began = NIODeadline.now()
    defer { service.latency.note(.modelSwap, .now() - began) }
    // It goes here, not on the event loops.
    var replaced: [Worker.Replaced] = []
    for worker in workers {
      replaced.append(
        try await worker.eventLoop.submit { worker.value.serve(model, at: place) }.get())
    }
    withExtendedLifetime(replaced) {}
  }

  /// Returns once each event loop has come to it: whether they all do is what a watchdog asks.
  func waitForEachLoop() async throws {
    for worker in workers { try await worker.eventLoop.submit {}.get() }
  }

  /// Has nobody logged in any more, from the next request on, but who is among `logins` as they were.
  func serve(_ logins: LoginTable) async throws {
    for worker in workers {
      try await worker.eventLoop.submit { worker.value.serve(logins) }.get()
    }
  }

  /// What INFO says, a line for each section, for the log. Waits for an event loop: not for one of them.
  var informationLines: [String] {
    guard let worker = workers.first else { return [] }
    let information = try? worker.eventLoop.submit {
      ServerInformation(service: worker.value.service, models: worker.value.models)
    }.wait()
    return information?.lines ?? []
  }

  /// The newest requests that took long.
  package var slowLog: SlowLog { service.slowLog }

  /// Gives memory that clients have let go of back to the system, if they hold little now. Blocks for
  /// milliseconds.
  package func returnMemoryIfCalm() {
    service.memoryReturn.giveIfCalm(holding: service.memory.byteCount)
  }

  /// Has INFO say why the newest version of `name` is not in service; nil says that it is.
  package func setSwapProblem(_ problem: String?, of name: String) {
    service.swapProblems.set(problem, of: name)
    if problem != nil { service.swaps.countFailure(of: name) }
  }

  /// Counts another version of `name` that came in service, or none, and tells those who want to be told.
  package func noteSwap(of name: String, to facts: ModelFacts?) {
    if facts != nil { service.swaps.countSwap(of: name) }
    let message = ChannelMessage(facts, of: name)
    for worker in workers {
      worker.eventLoop.execute { worker.value.publish(message, on: worker.eventLoop) }
    }
  }

  /// Returns once a client has said SHUTDOWN, or the task is cancelled. To be waited for by one task.
  package func waitForShutdown() async { await service.shutdown.wait() }

  /// Has INFO say why the file of what may be listed of `name` is not heeded as it is; nil says that it is.
  package func setAvailabilityProblem(_ problem: String?, of name: String) {
    service.availabilityProblems.set(problem, of: name)
  }

  /// Accepts clients, where that was put off, and lets in by the Unix sockets who is to be let in.
  package func beginToAccept() async throws {
    for socket in sockets where socket.isInherited { try socket.giveAsConfigured() }
    for listener in listeners { try await listener.setOption(.autoRead, value: true).get() }
  }

  /// What it listens on, for another server. Blocks while event loops come to it: not for one of them.
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

  /// Whether there is a model in service under each name.
  var isReady: Bool {
    (try? workers.first?.eventLoop.submit { [workers] in
      workers[0].value.models.areAllInService
    }.wait()) ?? false
  }

  /// Whose the sockets are that a server has listened on when it stops: whose queues of clients, and whose files.
  package enum Succession: Sendable {
    /// Nobody's: they end with the server.
    case none
    /// Those that were inherited are still the other server's, and nobody was accepted.
    case givenBack
    /// Another server's, which accepts who is in their queues.
    case handedOver
  }

  /// Stops to accept, answers what is in flight, closes all connections, and ends within
  /// ``ServerLimits/stopTime``. Done again, it does nothing.
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
              not taking answers
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

  /// Waits for a moment until clients are accepted whose connections the system has made: closing the
  /// listener would reset them, and with them the requests that they have sent.
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

  /// Bytes of answers that the system is to hold for a client (Linux takes twice as many). Left to
  /// itself it holds megabytes for one that does not read, which no limit here knows of, and which
  /// take long to let go of.
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
  /// How long a connection may be silent before the system asks whether its other end is still there,
  /// in seconds: Redis's `tcp-keepalive`.
  private static var keepAliveSeconds: Int { 300 }

  /// Has the system find out when a client's machine is gone without a word.
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

  /// Another descriptor of its socket, which is the caller's.
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
