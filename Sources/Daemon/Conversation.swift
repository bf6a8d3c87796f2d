import LineProtocol
package import NIOCore

/// One client's side of the protocol, bytes in and bytes out: no sockets and no clocks.
package struct Conversation {
  /// Why answering paused.
  package enum Pause: Equatable {
    /// All requests that have come in full are answered.
    case needsInput
    /// Enough was done or written at once; there may be more to answer.
    case tookItsShare
    /// The client said QUIT or sent what can't be read: nothing further is answered.
    case isOver
  }

  /// Bytes of answers after which others get their turn.
  private static let outputShare = 65_536
  /// Requests after which others get their turn.
  private static let requestShare = 256

  private var parser: RequestParser
  private var session: Session
  private let worker: Worker

  init(worker: Worker) {
    self.worker = worker
    parser = RequestParser(limits: worker.service.limits.request)
    session = Session(
      identifier: worker.service.nextSession(), server: worker.service.identity)
  }

  /// A conversation of its own, outside any server, about `model`.
  package init(
    about model: (any Answering)?, limits: ServerLimits = ServerLimits(), version: String
  ) {
    let service = ServiceState(limits: limits, version: version, threadCount: 1)
    let worker = Worker(service: service)
    worker.serve(model)
    self.init(worker: worker)
  }

  /// How an error is written that no request asked for: in the form of the latest request.
  var replyForm: ReplyForm { session.replyForm(for: parser.request.form) }

  /// Answers requests of `input`, taking them out, into `output`.
  package mutating func answer(_ input: inout ByteBuffer, into output: inout ByteBuffer) -> Pause {
    for _ in 0..<Self.requestShare {
      switch parser.next(from: &input) {
      case .incomplete: return .needsInput
      case .request: worker.answer(parser.request, in: &session, to: &output)
      case .failure(let failure):
        worker.statistics.requests.increment()
        worker.refuse(failure.error, as: replyForm, to: &output)
        if failure.losesFraming { return .isOver }
      }
      if session.isOver { return .isOver }
      if output.readableBytes >= Self.outputShare { break }
    }
    return .tookItsShare
  }

  /// Answers to the end of the stream: an error if it cuts `input` off within a request.
  package mutating func finish(_ input: ByteBuffer, into output: inout ByteBuffer) {
    guard parser.isInsideRequest(with: input) else { return }
    worker.refuse(RequestFailure.truncated(parser.request.form).error, as: replyForm, to: &output)
  }
}
