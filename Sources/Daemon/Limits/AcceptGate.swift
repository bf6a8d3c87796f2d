import NIOCore
import Synchronization

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
