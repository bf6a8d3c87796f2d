import NIOCore
import NIOPosix

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
    // Two listeners may have seen the same last place: such a one is closed at once.
    guard sockets.take() else { return socket.close(promise: nil) }
    socket.closeFuture.whenComplete { [sockets] _ in sockets.giveBack() }
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

extension ServerBootstrap {
  /// Accepts as many clients as there is room for in `sockets`, and reads once a turn from each, which bounds what it holds.
  func accepting(by sockets: Quota, warning: RepeatedWarning) -> ServerBootstrap {
    serverChannelOption(.backlog, value: Listening.backlog)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      // Between two looks at whether there is a descriptor to spare.
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
