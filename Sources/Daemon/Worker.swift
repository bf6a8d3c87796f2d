import DequeModule
import LineProtocol
import NIOCore

/// The state of one event loop: its reference to the models, its cache, its counts. Used on that loop alone, so that a
/// request takes no lock and sees the same models from start to end.
final class Worker {
  /// The outcome of a request.
  enum Outcome {
    /// It is answered; `isCheap` if that took next to nothing.
    case answered(isCheap: Bool)
    /// The answer takes long, and must be computed elsewhere. Indirect, so that an outcome is small: most requests are
    /// answered at once.
    indirect case pending(PendingAnswer)
    /// EXEC, or a request that stands for several: the begun answer must be continued.
    case transaction(Execution)
  }

  /// The state that all loops share.
  let service: ServiceState
  let statistics: WorkerStatistics
  /// The counts and times of answers, by command.
  let meter: TurnMeter
  /// The turns of connections.
  let turns: TurnTaking
  /// The turns of handshakes.
  let handshakes: HandshakeTurns
  private(set) var models: ServedModels
  /// The users that may be logged in.
  private var logins: LoginTable
  private var cache: ReplyCache
  private var costs = AnswerCosts()
  private var connections: [ObjectIdentifier: ConnectionHandler] = [:]
  /// The connections that have subscriptions.
  private var subscribers: [ObjectIdentifier: ConnectionHandler] = [:]
  /// The message being delivered, and those that follow.
  private var messages = Deque<ChannelMessage>()
  private var allClosed: EventLoopPromise<Void>?
  /// When to stop waiting for requests; `nil` unless the server is stopping.
  private(set) var drainDeadline: NIODeadline?
  /// When slow requests must be answered or else end; `nil` unless the server is stopping.
  private(set) var slowDeadline: NIODeadline?

  /// Creates a worker that begins with `models`.
  init(service: ServiceState, models: ServedModels) {
    self.service = service
    self.models = models
    logins = service.access?.logins ?? .open
    statistics = service.makeStatistics()
    meter = TurnMeter(service: service, statistics: statistics)
    turns = TurnTaking(clock: service.clock)
    handshakes = HandshakeTurns(
      clock: service.clock, processorTime: ProcessorTime.now
    ) { [statistics] in statistics.delayedHandshakes.increment() }
    cache = ReplyCache(byteLimit: service.limits.cacheBytes / service.threadCount)
  }

  /// What takes long to release: a mapped file, and the memory of a cache.
  final class Replaced: Sendable {
    private let models: ServedModels
    private let cache: ReplyCache

    init(_ models: ServedModels, _ cache: consuming ReplyCache) {
      self.models = models
      self.cache = cache
    }
  }

  /// Puts another model in service under the name at `place`, from the next request on; returns what should be released
  /// on another thread.
  func serve(_ model: ServedModel?, at place: Int) -> Replaced {
    var old = cache.emptied()
    swap(&old, &cache)
    let replaced = Replaced(models, old)
    models = models.replacing(place, by: model)
    costs = AnswerCosts()
    return replaced
  }

  /// Logs out everybody, from the next request on, except clients whose login is unchanged in `logins`. Subscribers
  /// that are logged out are disconnected.
  func serve(_ logins: LoginTable) {
    self.logins = logins
    for subscriber in subscribers.values { subscriber.renewLogin() }
  }

  /// Renews the login of `session` if its user is still the same, else logs it out.
  func renew(_ session: inout Session) {
    if session.usersGeneration < logins.generation { logins.renew(&session) }
  }

  /// Writes the answer to `request` to `output`, unless it takes long.
  func answer(
    _ request: Request, in session: inout Session, to output: inout ByteBuffer
  ) -> Outcome {
    statistics.requests.increment()
    renew(&session)
    if session.transaction != nil { return answerInTransaction(request, &session, to: &output) }
    return answer(request, by: models, in: &session, to: &output)
  }

  /// Writes the answer of `models` to `request`, which is already counted, to `output`, unless it takes long.
  func answer(
    _ request: Request, by models: ServedModels, in session: inout Session,
    to output: inout ByteBuffer
  ) -> Outcome {
    let form = session.replyForm(for: request.form)
    // Any logged-in client may ask models.
    if models === self.models, session.mayAskModels,
      let command = cache.write(
        answerTo: request, as: form, goodBy: models.ratings?.marks, to: &output)
    {
      statistics.cacheHits.increment()
      meter.note(command, isError: false)
      return .answered(isCheap: true)
    }
    var isRejected = true
    do throws(ErrorReply) {
      let (position, arguments) = try session.check(request)
      isRejected = false
      return try carryOut(position, arguments, request, by: models, in: &session, to: &output)
    } catch {
      refuse(error, request, isRejected: isRejected, as: form, to: &output)
    }
    return .answered(isCheap: false)
  }

  /// Queues `request` for EXEC, unless its command is executed at once or refused.
  private func answerInTransaction(
    _ request: Request, _ session: inout Session, to output: inout ByteBuffer
  ) -> Outcome {
    let form = session.replyForm(for: request.form)
    var isRejected = true
    do throws(ErrorReply) {
      let (position, arguments) = try session.check(request)
      switch service.commands[position].inTransaction {
      case .queued:
        isRejected = false
        try session.queue(request).write(as: form, to: &output)
      case .carriedOut:
        isRejected = false
        return try carryOut(position, arguments, request, by: models, in: &session, to: &output)
      case .refused:
        session.abortTransaction()
        throw .notInTransaction(service.commands[position].description)
      }
    } catch {
      refuse(error, request, isRejected: isRejected, as: form, to: &output)
    }
    return .answered(isCheap: false)
  }

  /// The function that answers a command about a model.
  typealias ModelAnswer =
    @Sendable (ServedModels, CommandArguments) throws(ErrorReply) -> Reply

  /// Writes the answer of the command at `position` in the table to `output`, unless it takes long.
  private func carryOut(
    _ position: Int, _ arguments: CommandArguments, _ request: Request,
    by models: ServedModels, in session: inout Session, to output: inout ByteBuffer
  ) throws(ErrorReply) -> Outcome {
    let reply: DaemonCommand.DeferredReply
    switch service.commands[position].answer {
    case .model(let answer):
      statistics.computed.increment()
      return try ask(
        models, arguments, request, position, as: session.replyForm(for: request.form), to: &output,
        answer)
    case .each(let requests):
      guard models.isAnyInService else { throw .noModel() }
      return .transaction(
        Execution(
          try requests(request, arguments), of: position, by: models, form: request.form,
          as: session.replyForm(for: request.form), to: &output))
    case .transaction:
      return .transaction(try execute(request, position, &session, to: &output))
    case .deferring(let answer):
      statistics.computed.increment()
      reply = try answer(ServerInformation(service: service, models: models), arguments)
    case .connection(let answer):
      reply = try answer(&session, ServerInformation(service: service, models: models), arguments)
    case .login(let answer):
      let login = try answer(session, arguments)
      if let credentials = login.credentials {
        return .pending(
          PendingAnswer(
            request: request, command: position, arguments: arguments,
            form: session.replyForm(for: request.form), lane: .login(login, credentials)
          ) { (_) throws(ErrorReply) in throw .busy })
      }
      reply = .now(login.finish(&session))
    case .server(let answer):
      reply = .now(try answer(ServerInformation(service: service, models: models), arguments))
    case .session(let answer): reply = .now(try answer(&session, arguments))
    }
    // HELLO is answered in the version that it chooses.
    return write(reply, position, arguments, request, in: session, to: &output)
  }

  /// Writes an immediate `reply` to `output`, or returns a question to be answered elsewhere.
  private func write(
    _ reply: DaemonCommand.DeferredReply, _ position: Int, _ arguments: CommandArguments,
    _ request: Request, in session: Session, to output: inout ByteBuffer
  ) -> Outcome {
    let form = session.replyForm(for: request.form)
    switch reply {
    case .now(let reply): reply.write(as: form, to: &output)
    case .several(let replies): for reply in replies { reply.write(as: form, to: &output) }
    case .elsewhere(let begin):
      return .pending(
        PendingAnswer(
          request: request, command: position, arguments: arguments, form: form,
          lane: .elsewhere(begin)
        ) { (_) throws(ErrorReply) in throw .busy })
    case .later(let slow):
      statistics.slow.increment()
      return .pending(
        PendingAnswer(
          request: request, command: position, arguments: arguments, form: form, lane: .slow,
          answer: slow))
    }
    meter.note(position, isError: false)
    return .answered(isCheap: false)
  }

  /// Begins to answer the commands queued for EXEC, which is `request`.
  private func execute(
    _ request: Request, _ position: Int, _ session: inout Session, to output: inout ByteBuffer
  ) throws(ErrorReply) -> Execution {
    Execution(
      try session.takeTransaction(), of: position, by: models, form: request.form,
      as: session.replyForm(for: request.form), to: &output)
  }

  /// Asks `models`: here, if such answers are known to be quick or there are no threads for it.
  private func ask(
    _ models: ServedModels, _ arguments: CommandArguments, _ request: Request, _ command: Int,
    as form: ReplyForm, to output: inout ByteBuffer, _ answer: @escaping ModelAnswer
  ) throws(ErrorReply) -> Outcome {
    let kind = AnswerCosts.Kind(arguments, to: models)
    let user = AskedUser(arguments, in: models.ratings)
    let mark = user?.mark ?? .ofNobody
    let asksStore = user.map { !$0.isKnown } ?? false
    guard service.answerThreads == nil || costs.fitsLoop(kind) && !asksStore else {
      return .pending(
        PendingAnswer(
          request: request, command: command, arguments: arguments, form: form,
          lane: .model(models, mark, asksStore: asksStore)
        ) { (_) throws(ErrorReply) in try answer(models, arguments) })
    }
    let start = output.writerIndex
    let began = ProcessorTime.now()
    // The cost of an error says nothing about answers.
    try answer(models, arguments).write(as: form, to: &output)
    if models === self.models,
      let reply = output.viewBytes(at: start, length: output.writerIndex - start)
    {
      cache.insert(reply, for: request, of: command, as: form, mark)
    }
    let time = ProcessorTime.now() - began
    costs.note(time, for: kind)
    meter.note(command, isError: false)
    meter.noteWork(request, command, time)
    return .answered(isCheap: false)
  }

  /// Returns whether the command of `request` waits for the store of ratings.
  func writesRatings(_ request: Request) -> Bool {
    service.identity.commands.find(request[0]).map(writesRatings) ?? false
  }

  /// Returns whether the command at `position` in the table waits for the store of ratings.
  func writesRatings(_ position: Int) -> Bool {
    service.commands[position].description.group == .ratings
  }

  /// Writes an answer that was computed elsewhere to `output`, and caches it. `form` is that of the request.
  func take(
    _ answer: ComputedAnswer, as form: Request.Form, in session: inout Session,
    to output: inout ByteBuffer
  ) {
    if let (request, verdict) = answer.login {
      return take(request, verdict, as: form, in: &session, to: &output)
    }
    output.writeImmutableBuffer(answer.bytes)
    guard !answer.isError else { return statistics.errors.increment() }
    guard let question = answer.question, case .model(let asked, let mark, _) = question.lane else {
      return
    }
    costs.note(answer.time, for: AnswerCosts.Kind(question.arguments, to: asked))
    if asked === models {
      cache.insert(
        answer.bytes.readableBytesView, for: question.request, of: question.command,
        as: question.form, mark)
    }
  }

  /// Logs `session` in if the password was right, and writes the reply to `output`.
  private func take(
    _ request: LoginRequest, _ verdict: Access.Verdict, as form: Request.Form,
    in session: inout Session, to output: inout ByteBuffer
  ) {
    meter.noteLogin()
    switch verdict {
    case .admitted(let login, let generation):
      session.admit(login, generation: generation)
      // HELLO is answered in the version that it chooses.
      request.finish(&session).write(as: session.replyForm(for: form), to: &output)
    case .wrong: refuse(.wrongPassword, as: session.replyForm(for: form), to: &output)
    case .limited(let seconds):
      refuse(.tooManyWrong(seconds), as: session.replyForm(for: form), to: &output)
    case .busy:
      statistics.busy.increment()
      refuse(.busy, as: session.replyForm(for: form), to: &output)
    }
  }

  /// Writes an error to `output`, and counts it for the command that `request` names; `isRejected` if nothing was
  /// executed.
  private func refuse(
    _ error: ErrorReply, _ request: Request, isRejected: Bool, as form: ReplyForm,
    to output: inout ByteBuffer
  ) {
    let command = service.identity.commands.find(request[0]) ?? service.commands.count
    meter.note(command, isError: true)
    if isRejected { meter.noteRejection(command) }
    refuse(error, as: form, to: &output)
  }

  /// Writes an error to `output`, and counts it.
  func refuse(_ error: ErrorReply, as form: ReplyForm, to output: inout ByteBuffer) {
    statistics.errors.increment()
    Reply.error(error).write(as: form, to: &output)
  }
}

// MARK: - Connections

extension Worker {
  /// Adds a connection of this loop.
  func add(_ connection: ConnectionHandler) {
    connections[ObjectIdentifier(connection)] = connection
  }

  /// Removes a closed connection of this loop.
  func remove(_ connection: ConnectionHandler) {
    connections[ObjectIdentifier(connection)] = nil
    subscribers[ObjectIdentifier(connection)] = nil
    if connections.isEmpty { allClosed?.succeed() }
  }

  /// The connections of this loop.
  var allConnections: [ConnectionHandler] { Array(connections.values) }

  /// Records whether a connection of this loop has subscriptions.
  func note(_ connection: ConnectionHandler, isSubscriber: Bool) {
    subscribers[ObjectIdentifier(connection)] = isSubscriber ? connection : nil
  }

  /// Delivers `message` to subscribers, a few at a time, before any later message.
  func publish(_ message: ChannelMessage, on eventLoop: any EventLoop) {
    messages.append(message)
    if messages.count == 1 { publishFirst(on: eventLoop) }
  }

  private func publishFirst(on eventLoop: any EventLoop) {
    guard let message = messages.first else { return }
    eventLoop.inPortions(Array(subscribers.values)[...], clock: service.clock) {
      $0.deliver(message)
    } then: {
      self.messages.removeFirst()
      self.publishFirst(on: eventLoop)
    }
  }

  /// Closes each connection gracefully; the future completes when all are closed. Waits for requests until `deadline`,
  /// and for answers to slow ones until `slowDeadline`.
  func stop(
    by deadline: NIODeadline, slowBy slowDeadline: NIODeadline, on eventLoop: any EventLoop
  ) -> EventLoopFuture<Void> {
    let promise = eventLoop.makePromise(of: Void.self)
    allClosed = promise
    drainDeadline = deadline
    self.slowDeadline = slowDeadline
    for connection in connections.values { connection.stop(by: deadline) }
    if connections.isEmpty { promise.succeed() }
    return promise.futureResult
  }

  /// Closes the remaining connections, answered or not; returns how many there were.
  func closeAll() -> Int {
    let open = connections
    for connection in open.values { connection.close() }
    return open.count
  }
}
