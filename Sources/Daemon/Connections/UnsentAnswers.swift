import NIOCore

/// The answers of a connection that were written and not yet taken by the system.
///
/// As long as the system takes writes at once, one buffer is reused for all answers, and nothing is counted. A class,
/// since sending calls back into the connection, which asks how much waits.
final class UnsentAnswers {
  private var waitingByteCount = 0
  /// Whether writes are copied before the system takes them, as TLS does.
  private let areCopied: Bool
  /// The unused memory of buffers larger than their content: their sizes are powers of two.
  private var slack = 0

  init(areCopied: Bool) { self.areCopied = areCopied }

  /// Whether the system has taken everything, as far as known.
  var isEmpty: Bool { waitingByteCount == 0 }

  /// The memory held, in bytes.
  var byteCount: Int { waitingByteCount + slack }

  /// Writes and flushes `output`, and empties it. Calls `whenSent` once what had to wait was taken.
  func send(
    _ output: inout ByteBuffer, _ context: ChannelHandlerContext,
    wrap: (ByteBuffer) -> NIOAny, promise: EventLoopPromise<Void>?,
    whenSent: @escaping () -> Void
  ) {
    guard output.readableBytes > 0 || promise != nil else { return }
    if isEmpty {
      // A buffer larger than what a turn fills is not kept for the next.
      let capacity = output.storageCapacity
      context.writeAndFlush(wrap(output), promise: promise)
      let isTaken = output.emptyAndKeep(atMost: Turn.outputShare)
      if isTaken, !areCopied { return }
      look(context)
      guard !isEmpty else { return }
      slack = areCopied ? 0 : max(0, capacity - waitingByteCount)
      // An empty write behind it, to learn when it is sent.
      write(ByteBuffer(), context, wrap, nil, whenSent)
    } else {
      // It will wait: copied to memory of its own, of about its size.
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

  /// Updates how much still waits.
  func look(_ context: ChannelHandlerContext) {
    waitingByteCount =
      (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? waitingByteCount
    if waitingByteCount == 0 { slack = 0 }
  }
}

extension ByteBuffer {
  /// Empties the buffer and returns whether its memory was not shared. Such memory is kept, unless it exceeds
  /// `capacity` bytes.
  fileprivate mutating func emptyAndKeep(atMost capacity: Int) -> Bool {
    let before = withVeryUnsafeBytes { $0.baseAddress }
    // Allocates other memory if this is shared.
    clear()
    let isAlone = before == withVeryUnsafeBytes { $0.baseAddress }
    if !isAlone || storageCapacity > capacity { self = ByteBuffer() }
    return isAlone
  }
}
