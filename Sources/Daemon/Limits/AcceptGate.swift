import NIOCore
import NIOPosix

/// Stops accepting clients while no descriptor is left for one: they wait in the system's queue. Precedes the handler
/// of a listener that sets up connections.
final class AcceptGate: ChannelDuplexHandler {
  typealias InboundIn = any Channel
  typealias InboundOut = any Channel
  typealias OutboundIn = Never

  /// The interval between checks for room.
  private static let pause = TimeAmount.milliseconds(20)
  /// How long to accept nothing after an error of the system.
  private static let pauseAfterError = TimeAmount.milliseconds(100)

  private let sockets: Quota
  private let warning: RepeatedWarning
  private var isHeldBack = false
  private var hasFailed = false

  init(sockets: Quota, warning: RepeatedWarning) {
    self.sockets = sockets
    self.warning = warning
  }

  func read(context: ChannelHandlerContext) {
    guard !isHeldBack else { return }
    guard !hasFailed, sockets.count < sockets.limit else { return holdBack(context) }
    context.read()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let socket = unwrapInboundIn(data)
    // Two listeners may have seen the same last place: this client is closed at once.
    guard sockets.take() else { return socket.close(promise: nil) }
    socket.closeFuture.whenComplete { [sockets] _ in sockets.giveBack() }
    context.fireChannelRead(data)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // NIO reads on at once, and would fail again at once.
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

extension ServerBootstrap {
  /// Accepts as many clients as `sockets` has room for, and reads from each once a turn, which bounds what it holds.
  func accepting(by sockets: Quota, warning: RepeatedWarning) -> ServerBootstrap {
    serverChannelOption(.backlog, value: Listening.backlog)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      // One between two checks for a free descriptor.
      .serverChannelOption(.maxMessagesPerRead, value: 1)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(
            AcceptGate(sockets: sockets, warning: warning))
        }
      }
      .childChannelOption(.maxMessagesPerRead, value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
  }
}
