import Foundation
import LineProtocol
import NIOCore

/// A connection's wait for an answer computed on another thread. Used on the connection's event loop alone.
final class AnswerWait {
  private let question: PendingAnswer.Ticket
  private let lane: PendingAnswer.Lane
  private let form: ReplyForm
  /// Whether the question counts as slow whatever it asks.
  private let isSlow: Bool
  /// Whether the answer must come within ``ServerLimits/slowTime``.
  private let isTimed: Bool
  private let address: ClientAddress
  private let worker: Worker
  private let eventLoop: any EventLoop
  private let deliver: (ComputedAnswer) -> Void
  private var timer: Scheduled<Void>?
  private var isOver = false

  /// Creates a wait for a client at `address`, to be started by ``begin(_:)``. `deliver` is called once with the
  /// answer, unless the wait is withdrawn.
  init(
    for question: PendingAnswer, by worker: Worker, on eventLoop: any EventLoop,
    from address: ClientAddress, deliver: @escaping (ComputedAnswer) -> Void
  ) {
    self.question = PendingAnswer.Ticket(question)
    (lane, form) = (question.lane, question.form)
    self.address = address
    isSlow = if case .slow = question.lane { true } else { false }
    isTimed = if case .login = question.lane { true } else { isSlow }
    self.worker = worker
    self.eventLoop = eventLoop
    self.deliver = deliver
  }

  /// Submits the question, behind others of its kind.
  func begin(_ kind: TurnKind) {
    let service = worker.service
    worker.statistics.waiting.add(1)
    let threads =
      switch lane {
      case .slow: service.slowThreads
      case .model(_, _, asksStore: true): service.storeThreads
      default: service.answerThreads
      }
    let (wait, question, eventLoop) = (
      NIOLoopBound(self, eventLoop: eventLoop), question, eventLoop
    )
    @Sendable func end(_ answer: ComputedAnswer) {
      // An event loop accepts nothing after its end.
      guard !question.isWithdrawn else { return }
      eventLoop.execute { wait.value.end(answer) }
    }
    var isQueued = true
    switch lane {
    case .elsewhere(let begin): begin { [form] in end(ComputedAnswer($0, as: form)) }
    case .gathered(let gathered): gathered.begin { end(ComputedAnswer($0)) }
    case .login(let request, let credentials):
      isQueued = service.access != nil
      service.access?.check(
        credentials, from: address, on: eventLoop, isWanted: { !question.isWithdrawn },
        { verdict in wait.value.end(ComputedAnswer(to: request, verdict)) })
    case .model, .slow:
      isQueued =
        threads?.submit(kind) {
          guard let answer = question.take()?.compute({ !question.isWithdrawn }) else { return }
          end(answer)
        } ?? false
    }
    if isQueued {
      limitTime()
    } else {
      // There is no room to wait: answer by the end of this turn.
      eventLoop.assumeIsolated().execute { self.answerHere() }
    }
  }

  /// Ends the wait for an answer that is no longer wanted, as the client is gone.
  func withdraw() {
    if !isOver { worker.statistics.waiting.add(-1) }
    isOver = true
    timer?.cancel()
    question.withdraw()
  }

  private func end(_ answer: ComputedAnswer) {
    guard !isOver else { return }
    withdraw()
    deliver(answer)
  }

  private func answerHere() {
    guard isSlow, worker.service.slowThreads != nil else {
      // This is the server's own fault, and should be rare.
      if let answer = question.take()?.compute() { end(answer) }
      return
    }
    worker.statistics.busy.increment()
    end(ComputedAnswer(refusing: .busy, as: form))
  }

  /// Limits the time of a slow answer: it ends at once if a stopping server has none left.
  func limitTime() {
    guard isTimed, !isOver else { return }
    timer?.cancel()
    let limit = worker.service.limits.slowTime
    var (time, error) = (TimeAmount(limit), ErrorReply.timedOut(after: limit))
    if let deadline = worker.slowDeadline {
      let left = max(.zero, deadline - worker.service.clock.now())
      if left < time { (time, error) = (left, .stopping) }
    }
    timer = eventLoop.assumeIsolated().scheduleTask(in: time) { [weak self, error] in
      guard let self, !self.isOver else { return }
      self.worker.statistics.timedOut.increment()
      self.end(ComputedAnswer(refusing: error, as: self.form))
    }
  }
}

extension ErrorReply {
  /// Returns the refusal of an address with so many wrong passwords that none is checked for `seconds`.
  static func tooManyWrong(_ seconds: Int) -> ErrorReply {
    ErrorReply(
      .busy, "too many wrong passwords from this address",
      remedy: "Try again in \(seconds == 1 ? "a second" : "\(seconds) seconds").")
  }

  static let busy = ErrorReply(
    .busy, "too many slow requests are waiting", remedy: "Try again in a moment.")

  fileprivate static func timedOut(after limit: Duration) -> ErrorReply {
    ErrorReply(
      .timedOut, "no answer within \(limit)",
      remedy: "Try again when the load is lower, or with a smaller image.")
  }

  static let stopping = ErrorReply(
    .timedOut, "no answer before the server stops",
    remedy: "Try again when it is back.")
}
