import Foundation
import LineProtocol
import Logging
import NIOCore

extension ConnectionHandler {
  /// How long a client must be silent for a stopping server to assume that nothing is in flight.
  static let quietTime = TimeAmount.milliseconds(20)
  /// How long a client that was sending when the stop began may pause between two requests.
  private static let patience = TimeAmount.seconds(1)

  /// Cuts off a client that does not take its last answers in time.
  func watchLastAnswers(_ context: ChannelHandlerContext) {
    schedule(context, in: TimeAmount(worker.service.limits.unreadTime)) { handler, context in
      handler.log.debug(
        "cut off a client that did not read its last answers",
        metadata: handler.logMetadata)
      context.cutOff()
    }
  }

  /// Closes the connection once the client has taken all its answers and the end of the stream, and is quiet. The
  /// client need not send anything for that. What it sends until then is discarded, since closing on it would reset the
  /// connection and lose the answers.
  func closeOnceQuiet(_ context: ChannelHandlerContext) {
    schedule(context, in: Self.quietTime) { handler, context in
      let silence = handler.drain?.wasBusy == true ? Self.patience : Self.quietTime
      guard handler.life == .halfClosed, handler.silentTime >= silence else {
        return handler.closeOnceQuiet(context)
      }
      context.channel.hasDeliveredAll().assumeIsolated().whenSuccess { hasDelivered in
        if hasDelivered { context.cutOff() } else { handler.closeOnceQuiet(context) }
      }
    }
  }

  /// Refuses a client, as there are too many (from its address, if `addressLimit` is given), and closes.
  func refuseConnection(_ context: ChannelHandlerContext, _ addressLimit: Int? = nil) {
    worker.statistics.refused.increment()
    let limit = addressLimit ?? worker.service.connections.limit
    let remedy =
      worker.service.limits.isShortOfDescriptors && addressLimit == nil
      ? "allow the server more open files (ulimit -n, or LimitNOFILE= of systemd)"
      : "allow more"
    let whose = addressLimit == nil ? "all" : "all of the address's"
    warnings.refused(
      "refused \(clientName): \(whose) \(limit) connections are taken; \(remedy)", logMetadata)
    guard takePlaceToBeRefused() else { return context.cutOff() }
    // The client has not shown which form it speaks. Redis writes RESP then, and so does this.
    var output = ByteBuffer()
    Reply.error(
      ErrorReply(
        .tooManyConnections,
        "\(addressLimit == nil ? "the server" : "this address") has reached its limit of \(limit) connections",
        remedy: "Try again later, share connections, or \(remedy).")
    ).write(as: .resp2, to: &output)
    beginClosing(context, sending: &output)
  }

  /// The client for the log: its address, and the name it gave itself.
  var clientName: String {
    let name = conversation.clientName
    return name.isEmpty ? clientAddress : "\(clientAddress) (\(name))"
  }

  private var clientAddress: String {
    let address = context?.remoteAddress
    return address?.ipAddress.map { "\($0):\(address?.port ?? 0)" } ?? "a client of the socket"
  }

  /// The client for the slow log.
  var slowClient: SlowLog.Client {
    SlowLog.Client(
      connection: conversation.identifier, request: conversation.requestCount,
      address: peerName, name: conversation.clientName)
  }

  /// The metadata of log lines about the connection.
  var logMetadata: Logger.Metadata { ["connection": "\(conversation.identifier)"] }
}

// MARK: - The server's stop

extension ConnectionHandler {
  /// Begins to close the connection once everything received is answered and nothing more comes. Called at the end of
  /// each turn, and again while there is something to wait for.
  func drainIfAnswered(_ context: ChannelHandlerContext) {
    guard let drain, life == .open, !isBusy else { return }
    let unread = context.channel.unreadByteCount
    let isPromised = drain.receivedByteCount < drain.promisedByteCount && unread > 0
    let mayStillCome =
      worker.service.clock.now() < drain.deadline
      && (unread > 0 || drain.wasBusy && silentTime < Self.quietTime)
    guard isPromised || mayStillCome else {
      var nothing = ByteBuffer()
      return beginClosing(context, sending: &nothing)
    }
    schedule(context, in: Self.quietTime) { $0.drainIfAnswered($1) }
  }
}

extension Channel {
  /// The number of bytes that the system has received for this socket and that are not read yet; 0 if it can't tell.
  var unreadByteCount: Int {
    let count = try? pipeline.syncOperations.withUnsafeTransportIfAvailable(
      of: NIOBSDSocket.Handle.self
    ) { descriptor in
      var count: CInt = 0
      return ioctl(descriptor, UInt(FIONREAD), &count) == 0 ? Int(count) : 0
    }
    return count ?? 0
  }
}

// MARK: - Clocks

extension ConnectionHandler {
  /// Closes the connection once nothing has arrived for the idle time, or if the client does not log in in time. The
  /// timer is set once and again only when it fires, so that a request costs no more than reading the clock.
  func watchSilence(_ context: ChannelHandlerContext) {
    guard drain == nil else { return }
    let idleTime = idleTime
    let silence = idleTime.map { isBusy || isSubscriber ? $0 : $0 - silentTime }
    guard let wait = [silence, timeToLogIn].compactMap({ $0 }).min() else { return cancelTimer() }
    // A client that waits for an answer is looked at again, but not at once.
    schedule(context, in: max(wait, .milliseconds(10))) { handler, context in
      guard handler.life == .open else { return }
      if let time = handler.timeToLogIn, time <= .zero, !handler.isBusy {
        return handler.closeSilent(
          context, for: TimeAmount(handler.worker.service.limits.loginTime),
          "did not log in", "no password was received",
          "Connect again, and send AUTH user password.")
      }
      guard let idleTime = handler.idleTime, handler.silentTime >= idleTime, !handler.isBusy,
        !handler.isSubscriber
      else {
        return handler.watchSilence(context)
      }
      handler.closeSilent(
        context, for: idleTime, "was idle", "nothing was received",
        "Connect again, send PING now and then, or raise the server's timeout.")
    }
  }

  /// How long the client may send nothing; `nil` for ever.
  private var idleTime: TimeAmount? {
    let time = worker.service.idleTime
    return time == .zero ? nil : TimeAmount(time)
  }

  /// Applies a changed idle time.
  func watchSilenceAnew() {
    guard life == .open, let context, context.channel.isWritable else { return }
    watchSilence(context)
  }

  /// How long the client may still take to log in; `nil` if it has, or need not.
  private var timeToLogIn: TimeAmount? {
    guard !conversation.isAdmitted else { return nil }
    return beginning + TimeAmount(worker.service.limits.loginTime) - worker.service.clock.now()
  }

  private func closeSilent(
    _ context: ChannelHandlerContext, for time: TimeAmount, _ deed: String, _ problem: String,
    _ remedy: String
  ) {
    worker.statistics.dropped.increment()
    worker.statistics.idle.increment()
    let count = time.wholeSeconds
    let seconds = count == 1 ? "a second" : "\(count) seconds"
    log.info("closing \(clientName), which \(deed) for \(seconds)", metadata: logMetadata)
    var output = ByteBuffer()
    // A person typing is told why. A client library would take the text for the answer to its next request; Redis sends
    // nothing either.
    if conversation.isOfLines {
      worker.refuse(
        ErrorReply(.idle, "\(problem) for \(seconds)", remedy: remedy), as: .json, to: &output)
    }
    beginClosing(context, sending: &output)
  }

  /// Disconnects the client unless it reads enough of its answers in time.
  func watchUnreadTime(_ context: ChannelHandlerContext) {
    guard drain == nil else { return }
    let limits = worker.service.limits
    schedule(context, in: TimeAmount(limits.unreadTime)) { handler, context in
      guard handler.life == .open, !context.channel.isWritable else { return }
      handler.worker.statistics.dropped.increment()
      handler.warnings.unread(
        """
        disconnecting a client that does not read: \(limits.unreadBytes) bytes of answers have \
        waited for \(handler.clientName) for \(limits.unreadTime)
        """, handler.logMetadata)
      context.cutOff()
    }
  }
}
