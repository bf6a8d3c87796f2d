import LineProtocol
package import NIOCore

/// One client's side of the protocol, bytes in and bytes out, without sockets and timers.
package struct Conversation {
  /// Why answering paused.
  package enum Pause {
    /// All complete requests are answered.
    case needsInput
    /// The turn is over; there may be more to answer.
    case turnIsOver
    /// The next answer must be computed elsewhere and passed to ``Conversation/take(_:to:)``.
    indirect case needsAnswer(PendingAnswer)
    /// The client said QUIT or SHUTDOWN, or sent unreadable input: nothing further is answered.
    case isOver
  }

  private var parser: RequestParser
  private(set) var session: Session
  /// The lists being answered: that of EXEC and, last, a list within it.
  private var executions: [Execution] = []
  private let worker: Worker

  init(worker: Worker) {
    self.worker = worker
    parser = RequestParser(
      limits: worker.service.limits.request, commands: worker.service.identity.commands)
    session = Session(
      identifier: worker.service.nextSession(), server: worker.service.identity)
  }

  /// Creates a standalone conversation, outside any server, about `model`.
  package init(
    about model: ServedModel?, commands: [DaemonCommand] = DaemonCommand.all,
    limits: ServerLimits = ServerLimits(), version: String, clock: LoopClock = .system
  ) {
    self.init(
      about: ServedModels(model), commands: commands, limits: limits, version: version, clock: clock
    )
  }

  /// Creates a standalone conversation, outside any server, about `models`.
  package init(
    about models: ServedModels, commands: [DaemonCommand] = DaemonCommand.all,
    limits: ServerLimits = ServerLimits(), version: String, clock: LoopClock = .system
  ) {
    let service = ServiceState(
      limits: limits, commands: commands, version: version, threadCount: 1, clock: clock)
    self.init(worker: Worker(service: service, models: models))
  }

  /// The name that the client gave itself; empty if none.
  var clientName: String { session.name }

  /// The number of requests received that could be delimited.
  private(set) var requestCount = 0

  /// The connection's number.
  var identifier: Int64 { session.identifier }

  /// The form of an error that no request asked for: that of the latest request.
  var replyForm: ReplyForm { session.replyForm(for: parser.request.form) }

  /// Whether the client may ask: it has logged in, or need not.
  var isAdmitted: Bool { session.isAdmitted }

  /// Whether the latest request was a line; false before the first.
  private(set) var isOfLines = false

  /// The requests being answered elsewhere, in order, with the indices of their commands in the table; `nil` for one
  /// that has its answer and waits for others.
  private var requestsElsewhere: [(command: Int, request: Request)?] = []
  private var elsewhereByteCount = 0
  /// The result of parsing behind these, which is next.
  private var held: RequestParser.Outcome?

  /// The index in the table of the command being answered elsewhere; `nil` if there is none.
  var commandElsewhere: Int? { requestsElsewhere.last??.command }

  /// Whether a list is incomplete: nothing else may be written.
  var isInList: Bool { !executions.isEmpty }

  /// Logs the client out if the users have changed accordingly.
  mutating func renewLogin() { worker.renew(&session) }

  /// The memory of unanswered requests, input aside, and of subscriptions.
  var byteCount: Int {
    (session.transaction?.byteCount ?? 0) + session.subscriptions.byteCount
      + executions.reduce(0) { $0 + $1.byteCount }
      + elsewhereByteCount
      + (parser.hasTakenPart || held != nil ? parser.request.memoryByteCount : 0)
  }

  /// The maximum size in bytes of the request being received.
  var requestByteLimit: Int { parser.byteLimit }

  /// Answers requests from `input`, consuming them, into `output` until `turn` is over. Must not be called while an
  /// answer is computed elsewhere.
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

  /// Handles the end of the stream: writes an error if it truncates a request in `input`.
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

  /// Returns what comes next: what was held back, else what `input` holds.
  private mutating func next(of input: inout ByteBuffer) -> RequestParser.Outcome {
    if let held {
      self.held = nil
      return held
    }
    parser.takesData = worker.models.takesData
    parser.isBeforeLogin = !session.isAdmitted
    return parser.next(from: &input)
  }

  /// Gathers ratings received behind one, to wait for the store together: a client that sends many at a time waits
  /// once.
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

  /// Does the same for the ratings behind one of a list.
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
