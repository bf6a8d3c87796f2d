import LineProtocol
import Logging
import NIOCore

extension ConnectionHandler {
  /// A stopping server takes a client that has sent nothing for so long to have nothing on its way.
  private static let quietTime = TimeAmount.milliseconds(20)
  /// One that was sending when the server was told to stop may be held up for so long between two
  /// requests.
  private static let patience = TimeAmount.seconds(1)

  /// Sends what has been answered, then the end of the stream, and closes once the client has
  /// closed its side. A client that does not is cut off after ``ServerLimits/unreadTime``; by a
  /// stopping server, as soon as it is quiet.
  func beginClosing(_ context: ChannelHandlerContext) {
    phase = .closing
    input = ByteBuffer()
    let flushed = context.eventLoop.makePromise(of: Void.self)
    flushed.futureResult.assumeIsolated().whenComplete { [weak self] _ in
      guard let self, let context = self.context else { return }
      self.isOutputClosed = true
      context.close(mode: self.isInputClosed ? .all : .output, promise: nil)
    }
    flushOutput(context, promise: flushed)
    if wantsToRead {
      wantsToRead = false
      context.read()
    }
    if isStopping { return closeOnceQuiet(context) }
    schedule(context, in: TimeAmount(worker.service.limits.unreadTime)) { handler, context in
      handler.log.debug("cut off a client that did not take the end of its answers")
      context.close(promise: nil)
    }
  }

  /// Closes the connection of a client that has taken all its answers and the end of the stream, and
  /// sends nothing any more: it need not say anything for that. While it sends, what comes is thrown
  /// away, since closing on it would reset the connection, and the answers with it.
  private func closeOnceQuiet(_ context: ChannelHandlerContext) {
    schedule(context, in: Self.quietTime) { handler, context in
      let silence = handler.wasBusyAtStop ? Self.patience : Self.quietTime
      guard handler.isOutputClosed, .now() - handler.lastActivity >= silence else {
        return handler.closeOnceQuiet(context)
      }
      context.channel.hasDeliveredAll().assumeIsolated().whenSuccess { hasDelivered in
        if hasDelivered { context.close(promise: nil) } else { handler.closeOnceQuiet(context) }
      }
    }
  }

  /// Closes the connection when the client has closed its side and has all its answers.
  func closeIfDone(_ context: ChannelHandlerContext) {
    if isOutputClosed { context.close(promise: nil) }
  }

  /// Tells a client that there are too many, and closes.
  func refuseConnection(_ context: ChannelHandlerContext) {
    worker.countRefusal()
    let limit = worker.service.limits.connections
    // The client has not said which form it speaks. Redis writes RESP then, and so does this.
    Reply.error(
      ErrorReply(
        .tooManyConnections, "the server has its limit of \(limit) connections",
        remedy: "Try again later, share connections, or raise --max-connections.")
    ).write(as: .resp2, to: &output)
    guard worker.mayTurnAwayPolitely else { return context.close(promise: nil) }
    log.warning("refused a connection: all \(limit) are taken; raise --max-connections")
    beginClosing(context)
  }

  /// Answers what is on its way and closes: the server is stopping. By `deadline` requests are no
  /// longer waited for.
  func stop(by deadline: NIODeadline) {
    guard let context else { return }
    isStopping = true
    guard phase == .open else { return closeOnceQuiet(context) }
    let now = NIODeadline.now()
    let isQuiet = now - lastActivity >= Self.quietTime && !hasBacklog
    guard !isQuiet, now < deadline else { return beginClosing(context) }
    wasBusyAtStop = true
    schedule(context, in: Self.quietTime) { handler, _ in handler.stop(by: deadline) }
  }
}

extension ConnectionHandler {
  /// Closes at once.
  func close() { context?.close(promise: nil) }
}

// MARK: - Clocks

extension ConnectionHandler {
  /// Replaces the connection's one timer.
  private func schedule(
    _ context: ChannelHandlerContext, in time: TimeAmount,
    _ action: @escaping (ConnectionHandler, ChannelHandlerContext) -> Void
  ) {
    timer?.cancel()
    timer = context.eventLoop.assumeIsolated().scheduleTask(in: time) { [weak self] in
      guard let self, let context = self.context else { return }
      action(self, context)
    }
  }

  /// Closes the connection once nothing has arrived for the idle time. The timer is set once and
  /// again only when it goes off, so that a request costs no more than a look at the clock.
  func watchIdleTime(_ context: ChannelHandlerContext) {
    guard !isStopping else { return }
    guard let idleTime = worker.service.limits.idleTime.map(TimeAmount.init) else {
      timer?.cancel()
      return
    }
    schedule(context, in: lastActivity + idleTime - .now()) { handler, context in
      guard handler.phase == .open else { return }
      guard .now() >= handler.lastActivity + idleTime, !handler.hasBacklog else {
        return handler.watchIdleTime(context)
      }
      handler.worker.statistics.dropped.increment()
      let seconds = idleTime.nanoseconds / 1_000_000_000
      handler.worker.refuse(
        ErrorReply(
          .idle, "nothing came for \(seconds) seconds",
          remedy: "Connect again, send PING now and then, or raise --idle-timeout."),
        as: handler.conversation.replyForm, to: &handler.output)
      handler.log.info("closing a connection that was idle for \(seconds) s")
      handler.beginClosing(context)
    }
  }

  /// Disconnects the client unless it reads enough of its answers in time.
  func watchUnreadTime(_ context: ChannelHandlerContext) {
    guard !isStopping else { return }
    let limits = worker.service.limits
    schedule(context, in: TimeAmount(limits.unreadTime)) { handler, context in
      guard handler.phase == .open, !context.channel.isWritable else { return }
      handler.worker.statistics.dropped.increment()
      handler.log.warning(
        """
        disconnecting a client that does not read: \(limits.unreadBytes) bytes of answers wait \
        for it since \(limits.unreadTime)
        """,
        metadata: ["client": "\(handler.remoteName(context))"])
      context.close(promise: nil)
    }
  }

  private func remoteName(_ context: ChannelHandlerContext) -> String {
    context.remoteAddress.map { "\($0)" } ?? "unknown"
  }
}
