import LineProtocol
import Logging
import NIOCore

/// One connection: reads, answers in order, and sees to its end.
///
/// Everything happens on the connection's event loop, without a task or a hop per request; the
/// answers to all requests of one read leave in one write. While more answers wait for the client
/// than ``ServerLimits/unreadBytes``, its requests are left lying and its socket is not read.
final class ConnectionHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  enum Phase {
    /// Requests are answered.
    case open
    /// Answers are on their way out, nothing more is answered, what comes in is thrown away: to
    /// close at once with bytes unread would reset the connection, and the answers with it.
    case closing
  }

  /// A buffer for answers larger than this is not kept between reads.
  static let keptOutputCapacity = 131_072

  let worker: Worker
  let log: Logger
  var phase = Phase.open
  var conversation: Conversation
  /// What has come and is not answered.
  var input = ByteBuffer()
  var output = ByteBuffer()
  /// Whether the client has sent all it ever will.
  var isInputClosed = false
  /// Whether the channel asked to read while requests were left lying.
  var wantsToRead = false
  /// Whether the rest of `input` is answered after other connections had their turn.
  var hasYielded = false
  /// Whether ``answer(_:)`` is under way.
  private var isAnswering = false
  /// Whether the end of the stream was sent behind the last answer.
  var isOutputClosed = false
  /// Whether this connection is one of those allowed, rather than one to be told that it is not.
  var isAdmitted = false
  /// Whether the server is stopping.
  var isStopping = false
  /// Whether requests were coming when the server was told to stop.
  var wasBusyAtStop = false
  /// When something last came, or the last of what was left lying was answered.
  var lastActivity = NIODeadline.now()
  var timer: Scheduled<Void>?
  private(set) var context: ChannelHandlerContext?

  init(worker: Worker, log: Logger) {
    self.worker = worker
    self.log = log
    conversation = Conversation(worker: worker)
  }

  /// Whether requests have come that are left lying.
  var hasBacklog: Bool {
    hasYielded || input.readableBytes > 0 && context?.channel.isWritable == false
  }

  // MARK: - Beginning and end

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func channelActive(context: ChannelHandlerContext) {
    worker.add(self)
    isAdmitted = worker.service.admitConnection()
    if isAdmitted {
      worker.statistics.connections.increment()
      watchIdleTime(context)
    } else {
      refuseConnection(context)
    }
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    if isAdmitted { worker.service.releaseConnection() }
    phase = .closing
    worker.remove(self)
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // The client is gone, or as good as: a reset, a timeout of the network.
    log.debug("closing a connection after an error: \(error)")
    context.close(promise: nil)
  }

  // MARK: - Reading

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard phase == .open else {
      lastActivity = .now()
      return
    }
    var arrived = unwrapInboundIn(data)
    if input.readableBytes == 0 { input = arrived } else { input.writeBuffer(&arrived) }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    guard phase == .open else { return }
    lastActivity = .now()
    answer(context)
  }

  func read(context: ChannelHandlerContext) {
    if phase == .open, hasBacklog { wantsToRead = true } else { context.read() }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    guard phase == .open else { return }
    if context.channel.isWritable {
      watchIdleTime(context)
      answer(context)
    } else {
      watchUnreadTime(context)
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard case ChannelEvent.inputClosed = event else {
      context.fireUserInboundEventTriggered(event)
      return
    }
    isInputClosed = true
    switch phase {
    case .open: answer(context)
    case .closing: closeIfDone(context)
    }
  }

  // MARK: - Answering

  /// Answers what has come, as far as the client reads the answers.
  private func answer(_ context: ChannelHandlerContext) {
    // Writing may change writability, which leads back here.
    guard !hasYielded, !isAnswering, context.channel.isWritable else { return }
    isAnswering = true
    defer { isAnswering = false }
    let pause = conversation.answer(&input, into: &output)
    if input.readableBytes == 0 { input = ByteBuffer() }
    switch pause {
    case .isOver:
      return beginClosing(context)
    case .needsInput where isInputClosed:
      conversation.finish(input, into: &output)
      return beginClosing(context)
    case .needsInput:
      flushOutput(context)
    case .tookItsShare:
      flushOutput(context)
      yield(context)
    }
    if wantsToRead, !hasBacklog {
      wantsToRead = false
      // What has come meanwhile lies in the system's buffer: the client is not silent.
      lastActivity = .now()
      context.read()
    }
  }

  /// Lets the loop's other connections have their turn before the rest of `input` is answered.
  private func yield(_ context: ChannelHandlerContext) {
    hasYielded = true
    context.eventLoop.assumeIsolated().execute { [weak self] in
      guard let self, let context = self.context else { return }
      self.hasYielded = false
      if self.phase == .open { self.answer(context) }
    }
  }

  /// Sends what has been answered.
  func flushOutput(_ context: ChannelHandlerContext, promise: EventLoopPromise<Void>? = nil) {
    guard output.readableBytes > 0 || promise != nil else { return }
    context.writeAndFlush(wrapOutboundOut(output), promise: promise)
    if output.capacity > Self.keptOutputCapacity { output = ByteBuffer() } else { output.clear() }
  }
}
