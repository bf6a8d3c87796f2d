import ExplainedErrors
import Foundation
import Logging
import NIOCore
import Synchronization

/// The descriptors that the system lets this process have, shared out before the first client comes:
/// clients get none that the server itself may need for a model, an event loop or its log. A library
/// that finds none left may end the process.
package struct DescriptorBudget: Sendable, Equatable {
  /// Clients at one time.
  package let connections: Int
  /// Clients beyond those that are told that there are too many, at one time.
  package let refusals: Int

  /// What event loops need each.
  private static let perLoop = 4
  /// What the server needs besides: listeners, models that are read, the log, what libraries open for
  /// a moment.
  private static let reserve = 48
  private static let refusalLimit = 64

  /// What `connections` clients need in all, with `loopCount` event loops, where `openCount` are open.
  package static func needed(connections: Int, loopCount: Int, openCount: Int) -> Int {
    connections + refusalLimit + reserve + perLoop * loopCount + openCount
  }

  /// Shares out `descriptorLimit` descriptors, of which `openCount` are open; nil when not a single
  /// client could be taken.
  package init?(descriptorLimit: Int, connections wanted: Int, loopCount: Int, openCount: Int) {
    let free = descriptorLimit - Self.reserve - Self.perLoop * loopCount - openCount
    refusals = min(Self.refusalLimit, free / 8)
    connections = min(wanted, free - refusals)
    guard connections >= 1 else { return nil }
  }

  /// Raises the process's limit as far as it may and has to be raised, and shares it out. Logs a
  /// warning when fewer than `connections` clients fit, and throws when none does.
  static func claim(
    connections: Int, loopCount: Int, log: Logger
  ) throws(DaemonError) -> DescriptorBudget {
    let openCount = openCount()
    let needed = needed(connections: connections, loopCount: loopCount, openCount: openCount)
    let limit = raiseLimit(to: needed)
    guard
      let budget = DescriptorBudget(
        descriptorLimit: limit, connections: connections, loopCount: loopCount,
        openCount: openCount)
    else {
      throw DaemonError(
        .failed, "the system lets this process open \(limit) files, which is too few to serve",
        place: "ulimit -n",
        remedy: "Allow \(needed) (ulimit -n, or LimitNOFILE= of systemd), or lower "
          + "--max-connections.")
    }
    if budget.connections < connections {
      log.warning(
        """
        the system lets this process open \(limit) files: \(budget.connections) clients at a time \
        are taken, not \(connections). Allow \(needed) (ulimit -n, or LimitNOFILE= of systemd), or \
        lower --max-connections
        """)
    }
    return budget
  }

  /// The descriptors that are open now; those of the standard streams where the system can't tell.
  private static func openCount() -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 3
  }

  private static func raiseLimit(to needed: Int) -> Int {
    var limit = rlimit()
    guard getrlimit(openFiles, &limit) == 0 else { return needed }
    if limit.rlim_cur < rlim_t(needed) {
      var raised = limit
      raised.rlim_cur = min(rlim_t(needed), limit.rlim_max)
      if setrlimit(openFiles, &raised) == 0 { limit = raised }
    }
    return Int(clamping: limit.rlim_cur)
  }

  #if os(Linux)
    private static let openFiles = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  #else
    private static let openFiles = RLIMIT_NOFILE
  #endif
}

/// The sockets of clients, admitted or to be refused, that are open now.
final class OpenSockets: Sendable {
  private let count = Atomic(0)
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  /// Whether one more may be accepted.
  var hasRoom: Bool { count.load(ordering: .relaxed) < limit }

  /// Counts one more.
  func add() { count.wrappingAdd(1, ordering: .relaxed) }

  /// Counts one less.
  func remove() { count.wrappingSubtract(1, ordering: .relaxed) }
}

/// Holds the acceptance of clients back while there is no descriptor to spare for one: they wait in
/// the system's queue. Stands before the handler of a listener that sets connections up.
final class AcceptGate: ChannelDuplexHandler {
  typealias InboundIn = any Channel
  typealias InboundOut = any Channel
  typealias OutboundIn = Never

  /// How long until it is looked again whether there is room.
  private static let pause = TimeAmount.milliseconds(20)
  /// How long nothing is accepted after the system refused.
  private static let pauseAfterError = TimeAmount.milliseconds(100)

  private let sockets: OpenSockets
  private let warning: RepeatedWarning
  private var isHeldBack = false
  private var hasFailed = false

  init(sockets: OpenSockets, warning: RepeatedWarning) {
    self.sockets = sockets
    self.warning = warning
  }

  func read(context: ChannelHandlerContext) {
    guard !isHeldBack else { return }
    guard !hasFailed, sockets.hasRoom else { return holdBack(context) }
    context.read()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    sockets.add()
    let socket = unwrapInboundIn(data)
    socket.closeFuture.whenComplete { [sockets] _ in sockets.remove() }
    context.fireChannelRead(data)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // NIO asks to read on at once, and would fail again at once.
    hasFailed = true
    warning("can't accept a client: \(error)")
  }

  private func holdBack(_ context: ChannelHandlerContext) {
    isHeldBack = true
    let pause = hasFailed ? Self.pauseAfterError : Self.pause
    context.eventLoop.assumeIsolated().scheduleTask(in: pause) {
      self.isHeldBack = false
      self.hasFailed = false
      if context.channel.isActive { self.read(context: context) }
    }
  }
}
