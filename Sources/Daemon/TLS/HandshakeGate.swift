package import NIOCore

/// Holds what a client sends until it is its turn, as long as it begins with TLS (``HandshakeTurns``). Stands before the handler of
/// TLS, and goes when that is done.
package final class HandshakeGate: ChannelDuplexHandler, RemovableChannelHandler {
  /// TLS, as it comes.
  package typealias InboundIn = ByteBuffer
  /// The same, when it is its turn.
  package typealias InboundOut = ByteBuffer
  /// TLS, as it goes out.
  package typealias OutboundIn = ByteBuffer
  /// The same: nothing is held that goes out.
  package typealias OutboundOut = ByteBuffer

  /// The most that is held: a client that ends its side has all read at once.
  private static let byteLimit = 1 << 17

  let address: ClientAddress
  private let turns: HandshakeTurns
  private var context: ChannelHandlerContext?
  /// What waits for a turn; nil where nothing does.
  private var held: ByteBuffer?
  private var isInputClosed = false
  private var isReadHeld = false
  /// Whether the handshake is done.
  private var isDone = false
  /// Whether the client is gone.
  private(set) var isOver = false

  /// A gate for a client at `address`, by the turns of its event loop.
  package init(for address: ClientAddress, by turns: HandshakeTurns) {
    (self.address, self.turns) = (address, turns)
  }

  /// Whether it holds what has come.
  var isHolding: Bool { held != nil }

  /// Takes note that the handshake is done: nothing is held any more.
  package func open() { isDone = true }

  /// Begins to hold what comes.
  package func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  /// Drops what is held.
  package func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    (held, isOver) = (nil, true)
  }

  /// Holds what has come, and waits for a turn.
  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isDone else { return context.fireChannelRead(data) }
    var bytes = unwrapInboundIn(data)
    guard held == nil else {
      held?.writeBuffer(&bytes)
      if held.map({ $0.readableBytes > Self.byteLimit }) == true { context.close(promise: nil) }
      return
    }
    held = bytes
    turns.add(self, on: context.eventLoop)
  }

  /// Says so once nothing is held.
  package func channelReadComplete(context: ChannelHandlerContext) {
    if held == nil { context.fireChannelReadComplete() }
  }

  /// Reads on once nothing is held.
  package func read(context: ChannelHandlerContext) {
    if held == nil { context.read() } else { isReadHeld = true }
  }

  /// Has the end of what the client sends wait behind what it has sent.
  package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if held != nil, case ChannelEvent.inputClosed = event {
      isInputClosed = true
    } else {
      context.fireUserInboundEventTriggered(event)
    }
  }

  /// Drops what is held: the client is gone.
  package func channelInactive(context: ChannelHandlerContext) {
    (held, isOver) = (nil, true)
    context.fireChannelInactive()
  }

  /// Has the handler of TLS take what is held.
  func letThrough() {
    guard let context, let bytes = held else { return }
    held = nil
    context.fireChannelRead(wrapInboundOut(bytes))
    context.fireChannelReadComplete()
    if isInputClosed { context.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
    guard !isOver else { return }
    if isReadHeld {
      isReadHeld = false
      context.read()
    }
    if isDone { context.pipeline.syncOperations.removeHandler(self, promise: nil) }
  }
}
