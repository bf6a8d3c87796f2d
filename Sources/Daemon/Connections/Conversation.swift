import LineProtocol
package import NIOCore

/// One client's side of the protocol, bytes in and bytes out: no sockets and no timers.
package struct Conversation {
  /// Why answering paused.
  package enum Pause {
    /// All requests that have come in full are answered.
    case needsInput
    /// The turn is over; there may be more to answer.
    case turnIsOver
    /// The next answer is to be computed elsewhere and given to ``Conversation/take(_:to:)``.
    indirect case needsAnswer(PendingAnswer)
    /// The client said QUIT or SHUTDOWN, or sent what can't be read: nothing further is answered.
    case isOver
  }

  private var parser: RequestParser
  private(set) var session: Session
  /// What is being answered by lists: what EXEC answers, and, last, a list within it.
  private var executions: [Execution] = []
  private let worker: Worker

  init(worker: Worker) {
    self.worker = worker
    parser = RequestParser(
      limits: worker.service.limits.request, commands: worker.service.identity.commands)
    session = Session(
      identifier: worker.service.nextSession(), server: worker.service.identity)
  }

  /// A conversation of its own, outside any server, about `model`.
  package init(
    about model: ServedModel?, commands: [DaemonCommand] = DaemonCommand.all,
    limits: ServerLimits = ServerLimits(), version: String, clock: LoopClock = .system
  ) {
    self.init(
      about: ServedModels(model), commands: commands, limits: limits, version: version, clock: clock
    )
  }

  /// A conversation of its own, outside any server, about `models`.
  package init(
    about models: ServedModels, commands: [DaemonCommand] = DaemonCommand.all,
    limits: ServerLimits = ServerLimits(), version: String, clock: LoopClock = .system
  ) {
    let service = ServiceState(
      limits: limits, commands: commands, version: version, threadCount: 1, clock: clock)
    self.init(worker: Worker(service: service, models: models))
  }

  /// The name that the client gave itself; empty when it gave none.
  var clientName: String { session.name }

  /// How many requests have come that could be told from others.
  private(set) var requestCount = 0

  /// The connection's number.
  var identifier: Int64 { session.identifier }

  /// How an error is written that no request asked for: in the form of the latest request.
  var replyForm: ReplyForm { session.replyForm(for: parser.request.form) }

  /// Whether the client may ask: it said who it is, or nobody has to.
  var isAdmitted: Bool { session.isAdmitted }

  /// Whether the latest request was a line; false before the first.
  private(set) var isOfLines = false

  /// The requests that are being answered elsewhere, in their order, with the places of their commands in the table; nil of one that
  /// has its answer, and waits for others.
  private var requestsElsewhere: [(command: Int, request: Request)?] = []
  private var elsewhereByteCount = 0
  /// What came behind these, and is the next.
  private var held: RequestParser.Outcome?

  /// The place in the table of the command of the request that is being answered elsewhere; nil when none is.
  var commandElsewhere: Int? { requestsElsewhere.last??.command }

  /// Whether a list has begun to be answered, and has not ended: nothing else may be written.
  var isInList: Bool { !executions.isEmpty }

  /// Has the client be logged in no more, where the users have changed.
  mutating func renewLogin() { worker.renew(&session) }

  /// The memory that requests take which are not answered yet, but for the input, and subscriptions.
  var byteCount: Int {
    (session.transaction?.byteCount ?? 0) + session.subscriptions.byteCount
      + executions.reduce(0) { $0 + $1.byteCount }
      + elsewhereByteCount
      + (parser.hasTakenPart || held != nil ? parser.request.memoryByteCount : 0)
  }

  /// The most bytes that the request may have which has begun to come.
  var requestByteLimit: Int { parser.byteLimit }

  /// Answers requests of `input`, taking them out, into `output`, until `turn` is over. Must not be
  /// called while an answer is computed elsewhere.
  package mutating func answer(
    _ input: inout ByteBuffer, into output: inout ByteBuffer, within turn: inout Turn
  ) -> Pause {
    while true {
      let isCheap: Bool
      let step =
        if let execution = executions.last { executeNext(of: execution, into: &output) } else {
          answerNext(&input, into: &output)
        }
      switch step {
      case .needsInput:
        parser.releaseRequest()
        return .needsInput
      case .isOver: return .isOver
      case .pending(let question):
        var gathered = GatheredAnswers(question)
        if case .elsewhere = question.lane, worker.writesRatings(question.command) {
          if let execution = executions.last {
            gather(from: execution, into: &gathered)
          } else {
            gather(&input, into: &gathered)
          }
        }
        (requestsElsewhere, elsewhereByteCount) = (gathered.requests, gathered.byteCount)
        return .needsAnswer(gathered.question)
      case .answered(let wasCheap): isCheap = wasCheap
      }
      if turn.isOver(afterCheapRequest: isCheap, with: output) { return .turnIsOver }
    }
  }

  /// Writes the answer that ``Pause/needsAnswer(_:)`` asked for.
  mutating func take(_ answer: ComputedAnswer, to output: inout ByteBuffer) {
    let form = (executions.last?.request ?? parser.request).form
    for (place, (asked, answer)) in zip(requestsElsewhere, [answer] + answer.others).enumerated() {
      if place > 0 { executions.last?.beginElement(&output) }
      worker.take(answer, as: form, in: &session, to: &output)
      executions.last?.endElement(&output)
      guard let (command, request) = asked else { continue }
      worker.meter.note(command, isError: answer.isError)
      worker.meter.noteWork(request, command, answer.time)
    }
    (requestsElsewhere, elsewhereByteCount) = ([], 0)
  }

  /// Answers to the end of the stream: an error if it cuts `input` off within a request.
  package mutating func finish(_ input: ByteBuffer, into output: inout ByteBuffer) {
    guard parser.isInsideRequest(with: input) else { return }
    worker.refuse(RequestFailure.truncated(parser.request.form).error, as: replyForm, to: &output)
  }
}

// MARK: - One request

extension Conversation {
  private enum Step {
    case answered(isCheap: Bool)
    indirect case pending(PendingAnswer)
    case needsInput
    case isOver
  }

  private mutating func answerNext(
    _ input: inout ByteBuffer, into output: inout ByteBuffer
  ) -> Step {
    switch next(of: &input) {
    case .incomplete: return .needsInput
    case .blank: return .answered(isCheap: false)
    case .request:
      requestCount += 1
      isOfLines = parser.request.form == .line
      let outcome = worker.answer(parser.request, in: &session, to: &output)
      if session.isOver { return .isOver }
      switch outcome {
      case .answered(let isCheap): return .answered(isCheap: isCheap)
      case .pending(let question): return .pending(question)
      case .transaction(let execution):
        executions.append(execution)
        return .answered(isCheap: true)
      }
    case .failure(let failure):
      requestCount += 1
      worker.statistics.requests.increment()
      worker.meter.note(worker.service.commands.count, isError: true)
      session.abortTransaction()
      worker.refuse(failure.error, as: replyForm, to: &output)
      return failure.losesFraming ? .isOver : .answered(isCheap: false)
    }
  }

  /// What comes next: what was held back, or else what `input` holds.
  private mutating func next(of input: inout ByteBuffer) -> RequestParser.Outcome {
    if let held {
      self.held = nil
      return held
    }
    parser.takesData = worker.models.takesData
    parser.isBeforeLogin = !session.isAdmitted
    return parser.next(from: &input)
  }

  /// Has the ratings that have come behind one wait for the store with it: a client that sends many at a time waits once.
  private mutating func gather(_ input: inout ByteBuffer, into gathered: inout GatheredAnswers) {
    while !gathered.isFull {
      let outcome = next(of: &input)
      guard outcome == .request, worker.writesRatings(parser.request) else {
        held = outcome == .incomplete ? nil : outcome
        return
      }
      requestCount += 1
      isOfLines = parser.request.form == .line
      var answer = ByteBuffer()
      gathered.append(worker.answer(parser.request, in: &session, to: &answer), answer)
    }
  }

  /// The same for the ratings behind one of a list.
  private mutating func gather(from execution: Execution, into gathered: inout GatheredAnswers) {
    while !gathered.isFull,
      let request = execution.takeNext(where: { [worker] in worker.writesRatings($0) })
    {
      var answer = ByteBuffer()
      gathered.append(
        worker.answer(request, by: execution.models, in: &session, to: &answer), answer)
    }
  }

  /// Answers the next request of the transaction, or ends its list.
  private mutating func executeNext(
    of execution: Execution, into output: inout ByteBuffer
  ) -> Step {
    guard execution.beginNext(&output) else {
      executions.removeLast()
      executions.last?.endElement(&output)
      worker.meter.note(execution.commandPlace, isError: false)
      return .answered(isCheap: false)
    }
    let outcome = worker.answer(
      execution.request, by: execution.models, in: &session, to: &output)
    switch outcome {
    case .answered(let isCheap):
      execution.endElement(&output)
      return .answered(isCheap: isCheap)
    case .pending(let question): return .pending(question)
    case .transaction(let inner):
      executions.append(inner)
      return .answered(isCheap: true)
    }
  }
}
