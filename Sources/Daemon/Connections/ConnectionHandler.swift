import LineProtocol
import Logging
import NIOCore
import NIOSSL
import Synchronization

/// One connection: reads, answers in order, and sees to its end.
///
/// Everything but answers that take long happens on the connection's event loop. What comes is
/// answered when it is the connection's turn (see ``TurnTaking``), and the answers of a turn leave in
/// one write. While more answers wait for the client than ``ServerLimits/unreadBytes``, its requests
/// are left lying and its socket is not read.
final class ConnectionHandler: ChannelDuplexHandler, TurnTaker {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// What keeps what has come from being answered.
  private enum Waiting {
    /// Nothing.
    case no
    /// Other connections have their turn first.
    case forTurn
    /// The next answer is being computed elsewhere.
    case forAnswer(AnswerWait)
  }

  /// How many bytes `input` may hold before its socket is not read for a while: with one read more
  /// it never holds more, but for what a client's system had sent before it closed its side.
  private var inputLimit: Int { conversation.requestByteLimit }

  let worker: Worker
  let warnings: ConnectionWarnings
  let log: Logger
  private(set) var life = Life.open
  private var place = Place.none
  private(set) var conversation: Conversation
  /// What has come and is not answered.
  private(set) var input = ByteBuffer()
  private var waiting = Waiting.no
  /// Whether what has come waits behind clients that ask for less: the last turn ended with requests
  /// left, or much was done for this one lately.
  private var hasBacklog = false
  /// What may still be done before it is one of those.
  var credit: WorkCredit
  /// Whether the client has sent all it ever will.
  private var isInputClosed = false
  /// Whether the channel asked to read while that was held back.
  private var isReadHeld = false
  /// Answers that the system has not taken, and the memory they take.
  let unsent: UnsentAnswers
  /// What ``ClientMemory`` knows of.
  var notedByteCount = 0
  var notedExemption = false
  /// How the connection ends as the server stops; nil until it does.
  private(set) var drain: Drain?
  /// Since when the oldest request waits that is not answered; nil when none does.
  private var waitingSince: NIODeadline?
  /// When something last came, or the last of what had to wait was answered.
  private var lastActivity: NIODeadline
  /// When the connection was made.
  let beginning: NIODeadline
  /// Whom limits by address count it to.
  private(set) var address = ClientAddress.local
  /// The place in the table of the command that was answered last; nil before the first.
  private(set) var latestCommand: Int?
  /// What of the client's subscriptions others know.
  var notedSubscriptions = (changes: 0, Subscriptions())
  /// Messages that wait until a list is answered, or what was answered is read.
  var heldMessages = ByteBuffer()
  /// Whether the connection is to end behind the answer that it waits for.
  private var endsBehindAnswer = false
  private var timer: Scheduled<Void>?
  private(set) var context: ChannelHandlerContext?

  /// One connection of `worker`'s loop; `isEncrypted` where TLS stands before it.
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

  /// Whether its client is answered, and not only told that there are too many.
  var isServed: Bool { place == .served }

  /// Whether requests have come that are not answered.
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
    // One that was accepted while the server was told to stop.
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
    // The end of the stream without TLS's farewell, which many leave out, is one: what was cut off is no whole request.
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
    // What is answered makes room for what comes, when there is more of it than has to be moved.
    if input.readerIndex >= input.readableBytes { input.discardReadBytes() }
    input.writeBuffer(&arrived)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    guard life == .open else { return }
    lastActivity = worker.service.clock.now()
    if waitingSince == nil { waitingSince = lastActivity }
    // Otherwise the end of the turn tells.
    if holdsReadBack { noteMemory() }
    askForTurn(context)
  }

  func read(context: ChannelHandlerContext) {
    if life == .open, holdsReadBack { isReadHeld = true } else { context.read() }
  }

  /// Whether enough has come for now.
  private var holdsReadBack: Bool {
    guard input.readableBytes > 0 else { return false }
    if case .forAnswer = waiting { return true }
    return hasBacklog || input.readableBytes > inputLimit || context?.channel.isWritable == false
  }

  /// Reads on if that was held back and need not be any more.
  private func readIfHeld(_ context: ChannelHandlerContext) {
    guard isReadHeld, life != .open || !holdsReadBack else { return }
    isReadHeld = false
    // What has come meanwhile lies in the system's buffer: the client is not silent.
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
  /// Sends `output`, which has been answered, then the end of the stream, and closes once the client
  /// has closed its side. A client that does not is cut off after ``ServerLimits/unreadTime``; by a
  /// stopping server, as soon as it is quiet.
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
    // The client may have been found to be gone.
    guard life != .closed else { return }
    noteMemory()
    readIfHeld(context)
    if drain == nil { watchLastAnswers(context) } else { closeOnceQuiet(context) }
  }

  /// Takes one of the places for clients that are told that there are too many; false when there is
  /// none left.
  func takePlaceToBeRefused() -> Bool {
    guard worker.service.refusals.take() else { return false }
    place = .refused
    return true
  }

  /// Answers what is on its way and closes: the server is stopping. By `deadline` requests are no
  /// longer waited for, but for those that the system has received by now.
  func stop(by deadline: NIODeadline) {
    guard let context, drain == nil else { return }
    guard !context.isInHandshake else { return context.cutOff() }
    let unread = context.channel.unreadByteCount
    let wasBusy = isBusy || unread > 0 || silentTime < Self.quietTime
    drain = Drain(deadline: deadline, promisedByteCount: unread, wasBusy: wasBusy)
    if case .forAnswer(let wait) = waiting { wait.limitTime() }
    // From here on the server's own end is the limit: one that reads slowly is not cut before it.
    cancelTimer()
    if life == .open { drainIfAnswered(context) } else { closeOnceQuiet(context) }
  }

  /// Closes at once.
  func close() { context?.cutOff() }

  /// Closes at once where the client is logged in no more.
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

  /// How long nothing has come.
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
  /// Waits for a turn, unless it waits already.
  private func askForTurn(_ context: ChannelHandlerContext) {
    guard case .no = waiting else { return }
    waiting = .forTurn
    if credit.isUsedUp(at: lastActivity) { hasBacklog = true }
    worker.turns.add(self, hasBacklog ? .heavy : .light, on: context.eventLoop)
  }

  /// Answers what has come, as far as the client reads the answers and until the turn is over.
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
    // A list that the answer stands in is answered whole.
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

  /// Has the answer to `question` computed elsewhere.
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
      // The rest is answered after the others.
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
