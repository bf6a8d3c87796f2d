import DequeModule
import Foundation
import LineProtocol
import Logging
import NIOCore
import NIOHTTP1

/// An HTTP connection: answers requests one after the other, each in a turn of its own (``TurnTaking``), and closes.
/// Used on its event loop alone.
///
/// Only GET and HEAD are answered, and no request has a body. A request that can't be answered ends the connection,
/// after an answer that says so.
final class HTTPConnection: ChannelDuplexHandler, TurnTaker {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  private let port: HTTPPort
  private let isPrivate: Bool
  private var session: Session
  /// The header by which ``session`` is logged in; `nil` if it is not.
  private var authorization: BasicAuthorization?
  private(set) var context: ChannelHandlerContext?
  /// Requests received and not answered, except the one being answered.
  private var waiting = Deque<HTTPRequestHead>()
  /// The answer that follows those: the input behind them could not be parsed.
  private var failure: HTTPAnswer?
  private var isAnswering = false
  /// Whether it waits for its turn.
  private var isTurnDue = false
  /// The work still allowed before it counts as a client that asks for much.
  var credit: WorkCredit
  private var isClosing = false
  private var isInputClosed = false
  private var isReadHeld = false
  private var requestCount = 0
  private var arrival = NIODeadline.now()
  private var wait: AnswerWait?
  private var timer: Scheduled<Void>?
  /// Since when it has been waiting for a request; `nil` while one is answered, and at the end.
  private(set) var idleSince: NIODeadline? = .now()

  init(port: HTTPPort, isPrivate: Bool) {
    self.port = port
    self.isPrivate = isPrivate
    credit = WorkCredit(at: port.worker.service.clock.now())
    session = Session(
      identifier: port.worker.service.nextSession(), server: port.worker.service.identity)
  }

  /// Whether it waits for a request of which the system has received nothing.
  var isIdle: Bool { idleSince != nil && context?.channel.unreadByteCount == 0 }

  private var limits: HTTPLimits { port.worker.service.limits.http }

  /// Closes at once.
  func close() {
    idleSince = nil
    guard let context else { return }
    if context.isInHandshake { context.cutOff() } else { context.close(promise: nil) }
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }
  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func channelActive(context: ChannelHandlerContext) {
    if port.add(self) {
      waitForRequest(limits.firstRequestTime)
    } else {
      respond(
        .text(.serviceUnavailable, "all \(limits.connections) HTTP connections are in use"),
        to: nil)
    }
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    wait?.withdraw()
    wait = nil
    waiting.removeAll()
    isClosing = true
    port.remove(self)
    context.fireChannelInactive()
  }

  // MARK: - Reading

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isClosing, failure == nil, case .head(let head) = unwrapInboundIn(data) else { return }
    waiting.append(head)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    if !isAnswering, !waiting.isEmpty || failure != nil {
      arrival = .now()
      askForTurn()
    }
    context.fireChannelReadComplete()
  }

  func read(context: ChannelHandlerContext) {
    // While closing, input is discarded: leaving it unread would reset the connection and lose the answer.
    if !isClosing, isAnswering || !waiting.isEmpty { isReadHeld = true } else { context.read() }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard case ChannelEvent.inputClosed = event else {
      return context.fireUserInboundEventTriggered(event)
    }
    isInputClosed = true
    if !isAnswering, waiting.isEmpty, failure == nil { context.close(promise: nil) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? HTTPParserError else { return context.close(promise: nil) }
    guard !isClosing, failure == nil else { return }
    failure =
      error == .headerOverflow
      ? .text(
        .requestHeaderFieldsTooLarge,
        "a header is longer than \(limits.headerBytes) bytes, all headers together are longer than "
          + "\(limits.headerListBytes) bytes, or there are more than \(limits.headerCount) headers"
      ) : .text(.badRequest, "this is not an HTTP/1.1 request")
    if !isAnswering, waiting.isEmpty { answerNext() }
  }

  // MARK: - Answering

  /// Queues for a turn, unless already queued.
  private func askForTurn() {
    guard !isTurnDue, let context else { return }
    isTurnDue = true
    idleSince = nil
    timer?.cancel()
    port.worker.turns.add(self, turnKind, on: context.eventLoop)
  }

  func takeTurn() {
    guard isTurnDue else { return }
    isTurnDue = false
    answerNext()
  }

  /// The kind of the next turn: whether it goes before clients that ask for much, or is one of them.
  private var turnKind: TurnKind {
    credit.isUsedUp(at: port.worker.service.clock.now()) ? .heavy : .light
  }

  private func answerNext() {
    guard !isAnswering, !isClosing, let context else { return }
    guard let head = waiting.popFirst() else {
      if let failure { respond(failure, to: nil) }
      return
    }
    isAnswering = true
    requestCount += 1
    if let refusal = HTTPAnswer.refusal(of: head, isPrivate: isPrivate, limits) {
      return respond(refusal, to: head, closing: true)
    }
    guard let target = try? HTTPTarget(head.uri) else {
      return respond(.text(.badRequest, "the target is malformed"), to: head)
    }
    guard let route = port.route(for: target.path) else {
      return respond(
        .text(.notFound, "not found; / is the page, /metrics has the metrics"),
        to: head)
    }
    admit(head, isOpen: route.isOpen, on: context.eventLoop) { [weak self] in
      guard let self, let context = self.context else { return }
      self.answer(head, by: route, target, on: context.eventLoop)
    }
  }

  /// Continues with `goOn` once the client is authenticated, if that is required. A client that is not is refused,
  /// unless the route `isOpen`.
  private func admit(
    _ head: HTTPRequestHead, isOpen: Bool, on eventLoop: any EventLoop, _ goOn: @escaping () -> Void
  ) {
    let worker = port.worker
    worker.renew(&session)
    let given = BasicAuthorization(head.headers.first(name: "Authorization"))
    guard worker.service.access != nil, !session.isAdmitted || given != authorization else {
      return goOn()
    }
    session.admit(nil, generation: session.usersGeneration)
    authorization = nil
    let words = given.map { ["AUTH", $0.user, $0.password] } ?? ["PING"]
    guard given != nil || !isOpen else { return goOn() }
    var output = ByteBuffer()
    let outcome = worker.answer(Request(form: .line, words), in: &session, to: &output)
    guard case .pending(let question) = outcome else { return refuse(output, head) }
    waitForAnswer(to: question, on: eventLoop) { connection, output in
      connection.measure()
      if connection.session.isAdmitted { connection.authorization = given }
      if isOpen || connection.session.isAdmitted { goOn() } else { connection.refuse(output, head) }
    }
  }

  /// Sends an unauthenticated client the error of the line protocol.
  private func refuse(_ line: ByteBuffer, _ head: HTTPRequestHead) {
    measure()
    let status = ErrorReply.Code(ofJSON: line.readableBytesView)?.httpStatus ?? .unauthorized
    respond(.unknownUser(status, line), to: head)
  }

  private func answer(
    _ head: HTTPRequestHead, by route: HTTPRoute, _ target: HTTPTarget, on eventLoop: any EventLoop
  ) {
    let worker = port.worker
    let question = HTTPQuestion(
      target: target,
      server: ServerInformation(service: worker.service, models: worker.models),
      maximumAge: port.maximumAge, isTrusted: session.isAdmitted,
      accept: head.headers["Accept"].joined(separator: ","))
    switch route.handler {
    case .now(let answer): respond(answer(question), to: head)
    case .onThread(let answer):
      let connection = NIOLoopBound(self, eventLoop: eventLoop)
      let clock = worker.service.clock
      let work = { @Sendable in
        let began = ProcessorTime.now()
        let answer = answer(question)
        let time = ProcessorTime.now() - began
        eventLoop.execute {
          connection.value.credit.charge(time, at: clock.now())
          connection.value.respond(answer, to: head)
        }
      }
      guard let threads = worker.service.answerThreads else { return work() }
      if !threads.submit(turnKind, work) { respond(.reply(.error(.busy)), to: head) }
    case .command(let words):
      do throws(ErrorReply) {
        carryOut(Request(form: .line, try words(question)), head, on: eventLoop)
      } catch {
        respond(.reply(.error(error)), to: head)
      }
    }
  }

  /// Answers `request` like one of the line protocol.
  private func carryOut(
    _ request: Request, _ head: HTTPRequestHead, on eventLoop: any EventLoop
  ) {
    let worker = port.worker
    var output = ByteBuffer()
    switch worker.answer(request, in: &session, to: &output) {
    case .answered: respondToCommand(output, head)
    case .pending(let question):
      waitForAnswer(to: question, on: eventLoop) { $0.respondToCommand($1, head) }
    case .transaction:
      respond(.text(.badRequest, "lists of requests are not supported over HTTP"), to: head)
    }
  }

  /// Has `question` answered elsewhere, and continues with the answer.
  private func waitForAnswer(
    to question: PendingAnswer, on eventLoop: any EventLoop,
    _ goOn: @escaping (HTTPConnection, ByteBuffer) -> Void
  ) {
    let worker = port.worker
    let wait = AnswerWait(
      for: question, by: worker, on: eventLoop, from: ClientAddress(context?.remoteAddress)
    ) { [weak self] answer in
      guard let self else { return }
      self.wait = nil
      self.credit.charge(answer.time, at: worker.service.clock.now())
      var output = ByteBuffer()
      worker.take(answer, as: .line, in: &self.session, to: &output)
      worker.meter.note(question.command, isError: answer.isError)
      worker.meter.noteWork(question.request, question.command, answer.time)
      goOn(self, output)
    }
    self.wait = wait
    wait.begin(turnKind)
  }

  private func respondToCommand(_ line: ByteBuffer, _ head: HTTPRequestHead) {
    measure()
    let status = ErrorReply.Code(ofJSON: line.readableBytesView)?.httpStatus ?? .ok
    respond(.json(status, line), to: head)
  }

  /// Records how long the line protocol's commands took, before other connections of the event loop have their turn.
  private func measure() {
    port.worker.meter.finish(from: arrival, to: .now()) {
      SlowLog.Client(
        connection: session.identifier, request: requestCount, address: address, name: "HTTP")
    }
  }

  private var address: String {
    let address = context?.remoteAddress
    return "\(address?.ipAddress ?? "?"):\(address?.port ?? 0)"
  }
}

// MARK: - Sending

extension HTTPConnection {
  /// Sends `answer` to the request `head`, `nil` for input that could not be parsed, and continues or closes.
  private func respond(_ answer: HTTPAnswer, to head: HTTPRequestHead?, closing: Bool = false) {
    guard !isClosing, let context else { return }
    isAnswering = true
    idleSince = nil
    let goesOn =
      head?.isKeepAlive == true && !closing && !isInputClosed && !port.isStopping
    port.worker.service.httpStatistics.count(Int(answer.status.code))
    let identifier = "\(session.identifier)-\(requestCount)"
    let path = head.map { $0.uri.prefix { $0 != "?" }.prefix(Self.shownPathLength) } ?? "-"
    port.log.debug(
      "\(head?.method.rawValue ?? "-") \(path) \(answer.status.code)",
      metadata: ["connection": "\(session.identifier)", "request": "\(requestCount)"])
    var headers = HTTPHeaders(answer.fields(identifier: identifier))
    if !goesOn {
      headers.add(name: "Connection", value: "close")
    } else if head?.version == .http1_0 {
      headers.add(name: "Connection", value: "keep-alive")
    }
    context.write(
      wrapOutboundOut(
        .head(HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers))),
      promise: nil)
    if head?.method != .HEAD, answer.body.readableBytes > 0 {
      context.write(wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil)
    }
    let sent = context.eventLoop.makePromise(of: Void.self)
    if !goesOn { isClosing = true }
    schedule(limits.unreadTime) { $0.close() }
    sent.futureResult.assumeIsolated().whenSuccess { [weak self] in
      if goesOn { self?.goOn() } else { self?.finish() }
    }
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: sent)
    if isClosing { readIfHeld() }
  }

  /// The maximum number of characters of a path in the log.
  private static let shownPathLength = 64

  /// Answers what arrived with the last request, or waits for another.
  private func goOn() {
    guard !isClosing, let context else { return }
    isAnswering = false
    if !waiting.isEmpty || failure != nil {
      askForTurn()
    } else if isInputClosed || port.isStopping {
      context.close(promise: nil)
    } else {
      waitForRequest(limits.idleTime)
      readIfHeld()
    }
  }

  /// Ends the stream behind the last answer, and closes once the client has closed its side.
  private func finish() {
    guard let context else { return }
    guard !isInputClosed else { return context.close(promise: nil) }
    context.close(mode: .output, promise: nil)
    schedule(Self.patience) { $0.close() }
  }

  /// How long a client may take to close its side behind the last answer.
  private static let patience = Duration.seconds(2)

  private func waitForRequest(_ time: Duration) {
    idleSince = .now()
    schedule(time) { $0.close() }
  }

  private func readIfHeld() {
    guard isReadHeld else { return }
    isReadHeld = false
    context?.read()
  }

  private func schedule(_ time: Duration, _ action: @escaping (HTTPConnection) -> Void) {
    schedule(TimeAmount(time), action)
  }

  private func schedule(_ time: TimeAmount, _ action: @escaping (HTTPConnection) -> Void) {
    timer?.cancel()
    timer = context?.eventLoop.assumeIsolated().scheduleTask(in: time) { [weak self] in
      if let self { action(self) }
    }
  }
}
