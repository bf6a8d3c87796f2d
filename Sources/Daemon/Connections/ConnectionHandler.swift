import LineProtocol
import Logging
import NIOCore
import Synchronization

/// One connection: reads, answers in order, and sees to its end.
///
/// Everything but answers that take long happens on the connection's event loop. What comes is
/// answered when it is the connection's turn (see ``TurnTaking``), and the answers of a turn leave in
/// one write. While more answers wait for the client than ``ServerLimits/unreadBytes``, its requests
/// are left lying and its socket is not read.
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

  /// What keeps what has come from being answered.
  enum Waiting {
    /// Nothing.
    case no
    /// Other connections have their turn first.
    case forTurn
    /// The next answer is being computed elsewhere; it is told so when nobody wants it any more.
    case forAnswer(PendingAnswer.Withdrawal)
  }

  /// How many bytes `input` may hold before its socket is not read for a while: with one read more
  /// it never holds more, but for what a client's system had sent before it closed its side.
  private var inputLimit: Int { worker.service.limits.requestBytes }

  let worker: Worker
  let warnings: ConnectionWarnings
  let log: Logger
  var phase = Phase.open
  var conversation: Conversation
  /// What has come and is not answered.
  var input = ByteBuffer()
  var waiting = Waiting.no
  /// Whether what has come waits behind clients that ask for less: the last turn ended with requests
  /// left, or much was done for this one lately.
  private var hasBacklog = false
  /// What may still be done before it is one of those.
  var credit: WorkCredit
  /// Whether the client has sent all it ever will.
  var isInputClosed = false
  /// Whether the channel asked to read while that was held back.
  private var isReadHeld = false
  /// Answers that the system has not taken, and the memory they take.
  private let unsent = UnsentAnswers()
  /// What ``ClientMemory`` knows of.
  private var notedByteCount = 0
  /// Whether the connection is closed.
  private(set) var isGone = false
  /// Whether the end of the stream was sent behind the last answer.
  var isOutputClosed = false
  /// Whether this connection is one of those allowed, rather than one to be told that it is not.
  var isAdmitted = false
  /// Whether it is one of those that are told so.
  var isRefusedPolitely = false
  /// How the connection ends when the server stops; nil until then.
  var drain: Drain?
  /// When something last came, or the last of what had to wait was answered.
  var lastActivity: NIODeadline
  var timer: Scheduled<Void>?
  private(set) var context: ChannelHandlerContext?

  init(worker: Worker, warnings: ConnectionWarnings, log: Logger) {
    self.worker = worker
    self.warnings = warnings
    self.log = log
    conversation = Conversation(worker: worker)
    lastActivity = worker.service.clock.now()
    credit = WorkCredit(at: lastActivity)
  }

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
    isAdmitted = worker.service.connections.take()
    if isAdmitted {
      worker.statistics.connections.increment()
      watchIdleTime(context)
    } else {
      refuseConnection(context)
    }
    // One that was accepted while the server was told to stop.
    if let deadline = worker.drainDeadline { stop(by: deadline) }
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    if case .forAnswer(let withdrawal) = waiting { withdrawal.withdraw() }
    if isAdmitted { worker.service.connections.giveBack() }
    if isRefusedPolitely { worker.service.refusals.giveBack() }
    phase = .closing
    isGone = true
    input = ByteBuffer()
    noteMemory()
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
    var arrived = unwrapInboundIn(data)
    drain?.receivedByteCount += arrived.readableBytes
    guard phase == .open else {
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
    guard phase == .open else { return }
    lastActivity = worker.service.clock.now()
    // Otherwise the end of the turn tells.
    if holdsReadBack { noteMemory() }
    askForTurn(context)
  }

  func read(context: ChannelHandlerContext) {
    if phase == .open, holdsReadBack { isReadHeld = true } else { context.read() }
  }

  /// Whether enough has come for now.
  private var holdsReadBack: Bool {
    guard input.readableBytes > 0 else { return false }
    if case .forAnswer = waiting { return true }
    return hasBacklog || input.readableBytes > inputLimit || context?.channel.isWritable == false
  }

  /// Reads on if that was held back and need not be any more.
  func readIfHeld(_ context: ChannelHandlerContext) {
    guard isReadHeld, phase == .closing || !holdsReadBack else { return }
    isReadHeld = false
    // What has come meanwhile lies in the system's buffer: the client is not silent.
    lastActivity = worker.service.clock.now()
    context.read()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    noteMemory()
    guard phase == .open else { return }
    if context.channel.isWritable {
      watchIdleTime(context)
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
    switch phase {
    case .open: askForTurn(context)
    case .closing: closeIfDone(context)
    }
  }
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
    guard phase == .open, let context, context.channel.isWritable else { return }
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
    // A client that had to wait for its answers was not silent meanwhile.
    if hasBacklog { lastActivity = worker.service.clock.now() }
    hasBacklog = false
    switch pause {
    case .isOver:
      return beginClosing(context, sending: &output)
    case .needsInput where isInputClosed:
      conversation.finish(input, into: &output)
      return beginClosing(context, sending: &output)
    case .needsInput: break
    case .turnIsOver: hasBacklog = true
    case .needsAnswer(let question): compute(question, context)
    }
    send(&output, context)
    // Sending may have closed the connection, or made it unwritable.
    guard phase == .open, !isGone else { return }
    if hasBacklog { askForTurn(context) }
    noteMemory()
    readIfHeld(context)
    if drain != nil { drainIfAnswered(context) }
  }

  /// Has the answer to `question` computed elsewhere.
  private func compute(_ question: PendingAnswer, _ context: ChannelHandlerContext) {
    let withdrawal = PendingAnswer.Withdrawal()
    waiting = .forAnswer(withdrawal)
    let eventLoop = context.eventLoop
    let connection = NIOLoopBound(self, eventLoop: eventLoop)
    let kind: TurnKind = credit.isUsedUp(at: lastActivity) ? .heavy : .light
    let isQueued = worker.service.answerThreads?.submit(kind) {
      guard !withdrawal.isWithdrawn else { return }
      let answer = question.compute()
      // Behind its end an event loop takes nothing more.
      guard !withdrawal.isWithdrawn else { return }
      eventLoop.execute { connection.value.take(answer) }
    }
    guard isQueued == true else {
      // There is no place for it to wait. It is the server's own fault, and not to happen often.
      return eventLoop.assumeIsolated().execute { self.take(question.compute()) }
    }
  }

  private func take(_ answer: ComputedAnswer) {
    guard case .forAnswer = waiting else { return }
    waiting = .no
    guard phase == .open, let context else { return }
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

  /// Has ``ClientMemory`` know what this client makes the server hold.
  func noteMemory() {
    if !isGone, !unsent.isEmpty, let context { unsent.look(context) }
    let inputByteCount = input.readableBytes == 0 ? 0 : input.storageCapacity
    let byteCount = isGone ? 0 : inputByteCount + conversation.byteCount + unsent.byteCount
    guard byteCount != notedByteCount, let eventLoop = context?.eventLoop else { return }
    let connection = NIOLoopBound(self, eventLoop: eventLoop)
    let before = notedByteCount
    notedByteCount = byteCount
    worker.service.memory.change(conversation.identifier, from: before, to: byteCount) {
      eventLoop.execute { connection.value.disconnectForMemory() }
    }
    worker.service.memoryReturn.note(worker.service.memory.byteCount)
  }

  private func disconnectForMemory() {
    noteMemory()
    guard !isGone, let context, ClientMemory.isLarge(notedByteCount) else { return }
    worker.statistics.dropped.increment()
    worker.statistics.evicted.increment()
    let limit = worker.service.limits.clientBytes >> 20
    warnings.memory(
      """
      disconnecting \(clientName), which makes the server hold \(notedByteCount) bytes of requests \
      and unread answers, more than others: all together hold more than the \(limit) MiB of \
      --max-client-memory
      """)
    context.close(promise: nil)
  }
}

extension ByteBuffer {
  /// Gives back memory of which little is used.
  fileprivate mutating func shrink() {
    if readableBytes == 0 {
      self = ByteBuffer()
    } else if storageCapacity > 4096, readableBytes < storageCapacity / 4 {
      self = ByteBuffer(bytes: readableBytesView)
    }
  }
}
