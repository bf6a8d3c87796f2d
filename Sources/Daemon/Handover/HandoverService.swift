import Errors
import Foundation
import Logging
import Synchronization

/// The side of a daemon that hands its listening sockets to a successor. It waits for one at a Unix socket, on a thread
/// of its own, and serves until the successor does. A successor that ends before, or takes too long, changes nothing.
/// Several take turns: the second gets the sockets from the first, as the Unix socket is handed over, too.
final class HandoverService: Sendable {
  /// How long a peer may take to say what it wants.
  private static let helloTime = Duration.seconds(2)
  /// How long the successor may take between two words, in which it binds sockets that are not handed over.
  private static let patience = Duration.seconds(10)

  private let socket: UnixSocket
  /// What is handed over besides that socket, and whether all models are in service.
  private let offer: @Sendable () throws -> (sockets: ListeningSockets, isReady: Bool)
  private let log: Logger
  /// Happens when another daemon serves, or this one is to stop.
  private let end = Occurrence()
  private let thread = DispatchSemaphore(value: 0)
  /// Both ends of a pipe that becomes readable once this is to stop.
  private let interruption: (reading: CInt, writing: CInt)
  /// Whether another daemon has the sockets: it serves them already, or may still go on.
  private let isLent = Atomic(false)

  /// Waits at `socket`, which listens, and hands over the `offer`.
  init(
    at socket: UnixSocket, log: Logger,
    offering offer: @escaping @Sendable () throws -> (sockets: ListeningSockets, isReady: Bool)
  ) throws(DaemonError) {
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0 else { throw .system("pipe", socket.path) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    // Other processes that have the socket poll it as well: a client may be gone before it is accepted.
    _ = fcntl(socket.descriptor, F_SETFL, O_NONBLOCK)
    interruption = (ends[0], ends[1])
    self.socket = socket
    self.offer = offer
    self.log = log
    let thread = Thread { [self] in
      run()
      self.thread.signal()
    }
    thread.name = "handover"
    thread.start()
  }

  /// Returns once another daemon serves in place of this one, or the task is cancelled.
  func waitForSuccessor() async {
    await end.wait()
  }

  /// Stops waiting. Blocks briefly. Returns whether another daemon has the sockets, or may have: their files are its
  /// own then.
  func stop() -> Bool {
    close(interruption.writing)
    thread.wait()
    close(interruption.reading)
    let isLent = isLent.load(ordering: .relaxed)
    if !isLent { socket.removeFile() }
    close(socket.descriptor)
    return isLent
  }

  private func run() {
    defer { end.happen() }
    while let connection = next() {
      do throws(HandoverConnection.Failure) {
        try handOver(to: connection)
        return
      } catch .interrupted {
        return
      } catch {
        let wasLent = isLent.exchange(false, ordering: .relaxed)
        // A starting daemon connects to see whether somebody listens, and says nothing.
        if case .ended = error, !wasLent { continue }
        // The peer may be gone, and is told nothing that others may not know.
        let reason = if case .refused(let reason) = error { reason } else { "\(error)" }
        try? connection.send(.refused(reason: reason), within: .seconds(1))
        log.warning("the handover failed, and this daemon keeps serving: \(error)")
      }
    }
  }

  /// Accepts the next connection; returns `nil` once this is to stop.
  private func next() -> HandoverConnection? {
    while true {
      var waiting = [
        pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: interruption.reading, events: Int16(POLLIN), revents: 0),
      ]
      guard poll(&waiting, nfds_t(waiting.count), -1) > 0 else { continue }
      guard waiting[1].revents == 0 else { return nil }
      let descriptor = accept(socket.descriptor, nil, nil)
      if descriptor >= 0 {
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return HandoverConnection(descriptor, interruption: interruption.reading)
      }
      // Another process has accepted it.
      if errno == EAGAIN { continue }
      // Most likely no descriptor is left: look again a little later.
      usleep(100_000)
    }
  }

  private func handOver(to other: HandoverConnection) throws(HandoverConnection.Failure) {
    guard other.peerUser == geteuid() else {
      throw .refused("it runs as another user than this daemon, \(geteuid())")
    }
    guard case .hello(let version) = try other.receive(within: Self.helloTime) else {
      throw .notUnderstood
    }
    guard version == HandoverWord.version else {
      throw .refused(
        "it uses handover version \(version), and this daemon \(HandoverWord.version)")
    }
    let (sockets, isReady): (ListeningSockets, Bool)
    do { (sockets, isReady) = try offer() } catch {
      throw .refused("this daemon's sockets can't be handed over: \(error)")
    }
    // Their descriptors are closed with it.
    defer { withExtendedLifetime(sockets) {} }
    let all = sockets.all + [(socket.listening(as: .handover), socket.descriptor)]
    isLent.store(true, ordering: .relaxed)
    try other.send(
      .sockets(HandoverManifest(isReady: isReady, sockets: all.map { $0.socket })),
      all.map { $0.descriptor }, within: Self.patience)
    try other.receive(.ready, within: Self.patience)
    try other.send(.go, within: Self.patience)
    try other.receive(.serving, within: Self.patience)
    // It serves, whether it receives this or not.
    try? other.send(.draining, within: .seconds(1))
    let process = other.peerProcess.map { "process \($0)" } ?? "another process"
    log.info("\(process) has taken over, and serves")
  }
}
