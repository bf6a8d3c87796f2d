import NIOCore

/// The answers of a connection that were written and that the system has not taken yet.
///
/// As long as the system takes what is written at once, answers are written from one buffer after
/// another's use, and nothing is counted. A class, since sending leads back to the connection, which
/// asks how much waits.
final class UnsentAnswers {
  private var waitingByteCount = 0
  /// Whether what is written is copied before the system is asked to take it, as TLS does.
  private let areCopied: Bool
  /// Memory of buffers that were larger than what was written from them: their sizes are powers of two.
  private var slack = 0

  init(areCopied: Bool) { self.areCopied = areCopied }

  /// Whether the system has taken all, as far as is known.
  var isEmpty: Bool { waitingByteCount == 0 }

  /// The memory that is held.
  var byteCount: Int { waitingByteCount + slack }

  /// Writes and flushes `output`, and empties it. `whenSent` is called when what had to wait was
  /// taken.
  func send(
    _ output: inout ByteBuffer, _ context: ChannelHandlerContext,
    wrap: (ByteBuffer) -> NIOAny, promise: EventLoopPromise<Void>?,
    whenSent: @escaping () -> Void
  ) {
    guard output.readableBytes > 0 || promise != nil else { return }
    if isEmpty {
      // A buffer that is larger than what a turn fills is not kept for the next.
      let capacity = output.storageCapacity
      context.writeAndFlush(wrap(output), promise: promise)
      let isTaken = output.emptyAndKeep(atMost: Turn.outputShare)
      if isTaken, !areCopied { return }
      look(context)
      guard !isEmpty else { return }
      slack = areCopied ? 0 : max(0, capacity - waitingByteCount)
      // Nothing more behind it, to be told of its end.
      write(ByteBuffer(), context, wrap, nil, whenSent)
    } else {
      // It is going to wait: in memory of its own, about as large.
      let buffer = ByteBuffer(bytes: output.readableBytesView)
      let rest = areCopied ? 0 : buffer.storageCapacity - buffer.readableBytes
      slack += rest
      write(buffer, context, wrap, promise) { [weak self] in
        if let self { slack = max(0, slack - rest) }
        whenSent()
      }
      output.clear()
      look(context)
    }
  }

  private func write(
    _ buffer: ByteBuffer, _ context: ChannelHandlerContext, _ wrap: (ByteBuffer) -> NIOAny,
    _ promise: EventLoopPromise<Void>?, _ whenSent: @escaping () -> Void
  ) {
    let sent = promise ?? context.eventLoop.makePromise(of: Void.self)
    sent.futureResult.assumeIsolated().whenComplete { _ in whenSent() }
    context.writeAndFlush(wrap(buffer), promise: sent)
  }

  /// Asks how much still waits.
  func look(_ context: ChannelHandlerContext) {
    waitingByteCount =
      (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? waitingByteCount
    if waitingByteCount == 0 { slack = 0 }
  }
}

extension ByteBuffer {
  /// Empties the buffer and returns whether nobody else holds its memory, which is kept then unless
  /// it is more than `capacity` bytes.
  fileprivate mutating func emptyAndKeep(atMost capacity: Int) -> Bool {
    let before = withVeryUnsafeBytes { $0.baseAddress }
    // Takes other memory when somebody else holds this.
    clear()
    let isAlone = before == withVeryUnsafeBytes { $0.baseAddress }
    if !isAlone || storageCapacity > capacity { self = ByteBuffer() }
    return isAlone
  }
}
