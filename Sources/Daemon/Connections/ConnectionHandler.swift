import LineProtocol
import Logging
import NIOCore
import NIOSSL
import Synchronization

/// A client's connection: reads requests, answers them in order, and closes.
///
/// Everything but slow answers happens on the connection's event loop. Requests are answered when it is the
/// connection's turn (see ``TurnTaking``), and the answers of a turn leave in one write. While more than
/// ``ServerLimits/unreadBytes`` of answers wait for the client, its requests are not answered and its socket is not
/// read.
final class ConnectionHandler: ChannelDuplexHandler, TurnTaker {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// What received requests wait for.
  private enum Waiting {
    /// Nothing.
    case no
    /// Their turn: other connections go first.
    case forTurn
    /// The next answer is being computed elsewhere.
    case forAnswer(AnswerWait)
  }

  /// How many bytes `input` may hold before reading from the socket pauses. It never holds more than that and one
  /// further read, except for what a client's system had sent before it closed its side.
  private var inputLimit: Int { conversation.requestByteLimit }

  let worker: Worker
  let warnings: ConnectionWarnings
  let log: Logger
  private(set) var life = Life.open
  private var place = Place.none
  private(set) var conversation: Conversation
  /// Input received and not answered.
  private(set) var input = ByteBuffer()
  private var waiting = Waiting.no
  /// Whether requests wait behind clients that ask for less: the last turn ended with requests left, or this client
  /// used much time lately.
  private var hasBacklog = false
  /// The work still allowed before the client counts as one of those.
  var credit: WorkCredit
  /// Whether the client has closed its side.
  private var isInputClosed = false
  /// Whether the channel asked to read while reading was held back.
  private var isReadHeld = false
  /// Answers that the system has not taken, and their memory.
  let unsent: UnsentAnswers
  /// What was last reported to ``ClientMemory``.
  var notedByteCount = 0
  var notedExemption = false
  /// How the connection ends as the server stops; `nil` until it does.
  private(set) var drain: Drain?
  /// Since when the oldest unanswered request has been waiting; `nil` if there is none.
  private var waitingSince: NIODeadline?
  /// When input last arrived, or the last delayed request was answered.
  private var lastActivity: NIODeadline
  /// When the connection was established.
  let beginning: NIODeadline
  /// The client as limits by address count it.
  private(set) var address = ClientAddress.local
  /// The index in the table of the latest command answered; `nil` before the first.
  private(set) var latestCommand: Int?
  /// The subscriptions as last reported to others.
  var notedSubscriptions = (changes: 0, Subscriptions())
  /// Messages held back until a list is complete, or the client has read its answers.
  var heldMessages = ByteBuffer()
  /// Whether the connection closes behind the answer that it waits for.
  private var endsBehindAnswer = false
  private var timer: Scheduled<Void>?
  private(set) var context: ChannelHandlerContext?

  /// Creates a connection on the event loop of `worker`; `isEncrypted` with TLS in front of it.
  init(worker: Worker, isEncrypted: Bool, warnings: ConnectionWarnings, log: Logger) {
    self.worker = worker
    self.warnings = warnings
    self.log = log
    unsent = UnsentAnswers(areCopied: isEncrypted)
    conversation = Conversation(worker: worker)
    lastActivity = worker.service.clock.now()
    beginning = lastActivity
    credit = WorkCredit(at: lastActivity)
  }

  /// Whether the client is served, not merely told that there are too many.
  var isServed: Bool { place == .served }

  /// Whether there are unanswered requests.
  var isBusy: Bool {
    switch waiting {
    case .forTurn, .forAnswer: true
    case .no: hasBacklog || input.readableBytes > 0 && context?.channel.isWritable == false
    }
  }

  // MARK: - Beginning and end

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func channelActive(context: ChannelHandlerContext) {
    worker.add(self)
    address = ClientAddress(context.remoteAddress)
    if !worker.service.addresses.take(address) {
      refuseConnection(context, worker.service.addresses.limit)
    } else if worker.service.connections.take() {
      place = .served
      worker.statistics.connections.increment()
      watchSilence(context)
    } else {
      worker.service.addresses.giveBack(address)
      refuseConnection(context)
    }
    // A connection that was accepted while the server was told to stop.
    if let deadline = worker.drainDeadline { stop(by: deadline) }
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    if case .forAnswer(let wait) = waiting { wait.withdraw() }
    switch place {
    case .none: break
    case .served:
      worker.service.connections.giveBack()
      worker.service.addresses.giveBack(address)
    case .refused: worker.service.refusals.giveBack()
    }
    life = .closed
    input = ByteBuffer()
    worker.service.subscribers.change(from: notedSubscriptions.1, to: Subscriptions())
    noteMemory()
    worker.remove(self)
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // The end of the stream without TLS's close_notify, which many leave out, counts as one: what was cut off is no
    // whole request.
    if case NIOSSLError.uncleanShutdown = error { return }
    // The client is gone, or as good as: a reset, a timeout of the network, no TLS.
    log.debug("closing a connection after an error: \(error)", metadata: logMetadata)
    context.cutOff()
  }

  // MARK: - Reading

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var arrived = unwrapInboundIn(data)
    drain?.receivedByteCount += arrived.readableBytes
    guard life == .open else {
      lastActivity = worker.service.clock.now()
      return
    }
    guard input.readableBytes > 0 else {
      input = arrived
      return
    }
    // Answered requests make room for input, if there is more of them than would have to be moved.
    if input.readerIndex >= input.readableBytes { input.discardReadBytes() }
    input.writeBuffer(&arrived)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    guard life == .open else { return }
    lastActivity = worker.service.clock.now()
    if waitingSince == nil { waitingSince = lastActivity }
    // Otherwise the end of the turn reports it.
    if holdsReadBack { noteMemory() }
    askForTurn(context)
  }

  func read(context: ChannelHandlerContext) {
    if life == .open, holdsReadBack { isReadHeld = true } else { context.read() }
  }

  /// Whether enough was received for now.
  private var holdsReadBack: Bool {
    guard input.readableBytes > 0 else { return false }
    if case .forAnswer = waiting { return true }
    return hasBacklog || input.readableBytes > inputLimit || context?.channel.isWritable == false
  }

  /// Resumes reading if it was held back and need not be any longer.
  private func readIfHeld(_ context: ChannelHandlerContext) {
    guard isReadHeld, life != .open || !holdsReadBack else { return }
    isReadHeld = false
    // Input may have arrived in the system's buffer meanwhile: the client is not silent.
    lastActivity = worker.service.clock.now()
    context.read()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    noteMemory()
    guard life == .open else { return }
    if context.channel.isWritable {
      watchSilence(context)
      askForTurn(context)
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
    switch life {
    case .open: askForTurn(context)
    case .halfClosed: context.cutOff()
    case .closing, .closed: break
    }
  }
}

// MARK: - Closing

extension ConnectionHandler {
  /// Sends `output`, the last answers, then the end of the stream, and closes once the client has closed its side. A
  /// client that does not is cut off after ``ServerLimits/unreadTime``, or by a stopping server as soon as it is quiet.
  func beginClosing(_ context: ChannelHandlerContext, sending output: inout ByteBuffer) {
    life = .closing
    input = ByteBuffer()
    let flushed = context.eventLoop.makePromise(of: Void.self)
    flushed.futureResult.assumeIsolated().whenComplete { [weak self] _ in
      guard let self, self.life != .closed, let context = self.context else { return }
      self.noteMemory()
      self.life = .halfClosed
      context.close(mode: self.isInputClosed ? .all : .output, promise: nil)
    }
    send(&output, context, promise: flushed)
    // The client may have been found gone.
    guard life != .closed else { return }
    noteMemory()
    readIfHeld(context)
    if drain == nil { watchLastAnswers(context) } else { closeOnceQuiet(context) }
  }

  /// Takes one of the places for clients that are told that there are too many; returns false if none is left.
  func takePlaceToBeRefused() -> Bool {
    guard worker.service.refusals.take() else { return false }
    place = .refused
    return true
  }

  /// Answers what is in flight and closes, as the server is stopping. From `deadline` on, it waits only for requests
  /// that the system had received before this call.
  func stop(by deadline: NIODeadline) {
    guard let context, drain == nil else { return }
    guard !context.isInHandshake else { return context.cutOff() }
    let unread = context.channel.unreadByteCount
    let wasBusy = isBusy || unread > 0 || silentTime < Self.quietTime
    drain = Drain(deadline: deadline, promisedByteCount: unread, wasBusy: wasBusy)
    if case .forAnswer(let wait) = waiting { wait.limitTime() }
    // From here on the server's own end is the limit: a slow reader is not cut off before it.
    cancelTimer()
    if life == .open { drainIfAnswered(context) } else { closeOnceQuiet(context) }
  }

  /// Closes at once.
  func close() { context?.cutOff() }

  /// Closes at once if the client is no longer logged in.
  func renewLogin() {
    conversation.renewLogin()
    if !conversation.isAdmitted { close() }
  }

  /// Closes at once, or `behindAnswer` that is being computed.
  func end(behindAnswer: Bool) {
    if behindAnswer { endsBehindAnswer = true } else { close() }
  }

  /// Whether the next answer is being computed elsewhere.
  var isWaitingForAnswer: Bool { if case .forAnswer = waiting { true } else { false } }

  /// How long nothing has arrived.
  var silentTime: TimeAmount { worker.service.clock.now() - lastActivity }

  /// Replaces the connection's one timer.
  func schedule(
    _ context: ChannelHandlerContext, in time: TimeAmount,
    _ action: @escaping (ConnectionHandler, ChannelHandlerContext) -> Void
  ) {
    timer?.cancel()
    timer = context.eventLoop.assumeIsolated().scheduleTask(in: time) { [weak self] in
      guard let self, let context = self.context else { return }
      action(self, context)
    }
  }

  func cancelTimer() { timer?.cancel() }
}

// MARK: - Answering

extension ConnectionHandler {
  /// Queues for a turn, unless already queued or waiting.
  private func askForTurn(_ context: ChannelHandlerContext) {
    guard case .no = waiting else { return }
    waiting = .forTurn
    if credit.isUsedUp(at: lastActivity) { hasBacklog = true }
    worker.turns.add(self, hasBacklog ? .heavy : .light, on: context.eventLoop)
  }

  /// Answers received requests until the turn is over, if the client reads its answers.
  func takeTurn() {
    guard case .forTurn = waiting else { return }
    waiting = .no
    guard life == .open, let context, context.channel.isWritable else { return }
    var turn = Turn(clock: worker.service.clock)
    worker.turns.withScratch { output in
      let pause = conversation.answer(&input, into: &output, within: &turn)
      input.shrink()
      finishTurn(pause, &output, context)
    }
  }

  private func finishTurn(
    _ pause: Conversation.Pause, _ output: inout ByteBuffer, _ context: ChannelHandlerContext
  ) {
    let now = worker.service.clock.now()
    if let command = worker.meter.latest { latestCommand = command }
    worker.meter.finish(from: waitingSince ?? now, to: now) { slowClient }
    if conversation.session.subscriptionChanges != notedSubscriptions.changes {
      noteSubscriptions()
    }
    if heldMessages.readableBytes > 0, !conversation.isInList { writeHeldMessages(to: &output) }
    if case .needsInput = pause { waitingSince = nil }
    // A client that had to wait for its answers was not silent meanwhile.
    if hasBacklog { lastActivity = now }
    hasBacklog = false
    switch pause {
    case .isOver:
      return beginClosing(context, sending: &output)
    case .needsAnswer(let question): compute(question, context)
    // A list that contains the answer is completed.
    case _ where endsBehindAnswer && !conversation.isInList:
      return beginClosing(context, sending: &output)
    case .needsInput where isInputClosed:
      conversation.finish(input, into: &output)
      return beginClosing(context, sending: &output)
    case .needsInput: break
    case .turnIsOver: hasBacklog = true
    }
    send(&output, context)
    // Sending may have closed the connection, or made it unwritable.
    guard life == .open else { return }
    if hasBacklog { askForTurn(context) }
    noteMemory()
    readIfHeld(context)
    if drain != nil { drainIfAnswered(context) }
  }

  /// Has the answer to `question` computed elsewhere, and waits for it.
  private func compute(_ question: PendingAnswer, _ context: ChannelHandlerContext) {
    let kind: TurnKind = credit.isUsedUp(at: lastActivity) ? .heavy : .light
    let wait = AnswerWait(
      for: question, by: worker, on: context.eventLoop, from: address
    ) { [weak self] in self?.take($0) }
    waiting = .forAnswer(wait)
    wait.begin(kind)
  }

  private func take(_ answer: ComputedAnswer) {
    guard case .forAnswer = waiting else { return }
    waiting = .no
    guard life == .open, let context else { return }
    let now = worker.service.clock.now()
    credit.charge(answer.time, at: now)
    lastActivity = now
    worker.turns.withScratch { output in
      conversation.take(answer, to: &output)
      // The rest is answered behind the others.
      finishTurn(.turnIsOver, &output, context)
    }
  }

  /// Sends `output` and empties it.
  func send(
    _ output: inout ByteBuffer, _ context: ChannelHandlerContext,
    promise: EventLoopPromise<Void>? = nil
  ) {
    unsent.send(&output, context, wrap: wrapOutboundOut, promise: promise) { [weak self] in
      self?.noteMemory()
    }
  }
}
