package import NIOCore

/// Holds back what a client sends until its turn, during the TLS handshake (``HandshakeTurns``). Precedes the TLS
/// handler, and is removed after the handshake.
package final class HandshakeGate: ChannelDuplexHandler, RemovableChannelHandler {
  /// Encrypted bytes as received.
  package typealias InboundIn = ByteBuffer
  /// The same bytes, once it is their turn.
  package typealias InboundOut = ByteBuffer
  /// Encrypted bytes to send.
  package typealias OutboundIn = ByteBuffer
  /// The same bytes: output is never held back.
  package typealias OutboundOut = ByteBuffer

  /// The maximum number of bytes held: when a client ends its side, all it has sent is read at once.
  private static let byteLimit = 1 << 17

  let address: ClientAddress
  private let turns: HandshakeTurns
  private var context: ChannelHandlerContext?
  /// The bytes that wait for a turn; `nil` if there are none.
  private var held: ByteBuffer?
  private var isInputClosed = false
  private var isReadHeld = false
  /// Whether the handshake is done.
  private var isDone = false
  /// Whether the client is gone.
  private(set) var isOver = false

  /// Creates a gate for a client at `address`, which follows the turns of its event loop.
  package init(for address: ClientAddress, by turns: HandshakeTurns) {
    (self.address, self.turns) = (address, turns)
  }

  /// Whether bytes are held back.
  var isHolding: Bool { held != nil }

  /// Records that the handshake is done: nothing is held back any more.
  package func open() { isDone = true }

  /// Begins to hold back input.
  package func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  /// Drops the bytes held.
  package func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    (held, isOver) = (nil, true)
  }

  /// Holds the bytes received, and queues for a turn.
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

  /// Passes the event on if nothing is held.
  package func channelReadComplete(context: ChannelHandlerContext) {
    if held == nil { context.fireChannelReadComplete() }
  }

  /// Reads on if nothing is held.
  package func read(context: ChannelHandlerContext) {
    if held == nil { context.read() } else { isReadHeld = true }
  }

  /// Delays the end of the client's stream until after the bytes held.
  package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if held != nil, case ChannelEvent.inputClosed = event {
      isInputClosed = true
    } else {
      context.fireUserInboundEventTriggered(event)
    }
  }

  /// Drops the bytes held, as the client is gone.
  package func channelInactive(context: ChannelHandlerContext) {
    (held, isOver) = (nil, true)
    context.fireChannelInactive()
  }

  /// Passes the bytes held to the TLS handler.
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
