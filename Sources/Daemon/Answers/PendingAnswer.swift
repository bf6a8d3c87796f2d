import LineProtocol
import NIOCore
import Synchronization

/// A question that is answered on a thread of its own kind.
package struct PendingAnswer: Sendable {
  /// Where it is answered.
  enum Lane: Sendable {
    /// Among questions to models that take longer than an event loop can wait, or, where it `asksStore` of a user first, among those that
    /// do: a store that says nothing holds up no others. The answer may be kept while the models are served and the mark is good.
    case model(ServedModels, UserMarks.Mark, asksStore: Bool)
    /// By somebody who is asked to call back.
    case elsewhere(@Sendable (@escaping @Sendable (Result<Reply, ErrorReply>) -> Void) -> Void)
    /// The same, with others that came behind it.
    case gathered(GatheredAnswers)
    /// By whoever knows whether a password is right; the answer is ``ErrorReply/busy`` where too many want to know.
    case login(LoginRequest, Credentials)
    /// Among those that are slow whatever is asked, within ``ServerLimits/slowTime``.
    case slow
  }

  let request: Request
  /// The place of its command in the table.
  let command: Int
  let arguments: CommandArguments
  let form: ReplyForm
  let lane: Lane
  let answer: @Sendable (_ isWanted: () -> Bool) throws(ErrorReply) -> Reply

  /// A question on its way to the thread that answers it, as long as somebody wants the answer.
  final class Ticket: Sendable {
    private let question: Mutex<PendingAnswer?>
    private let isWithdrawnNow = Atomic(false)

    init(_ question: PendingAnswer) { self.question = Mutex(question) }

    var isWithdrawn: Bool { isWithdrawnNow.load(ordering: .relaxed) }

    /// Takes the question out, to be answered; nil when nobody wants that any more.
    func take() -> PendingAnswer? {
      question.withLock { question in
        defer { question = nil }
        return question
      }
    }

    /// Nobody wants the answer any more. Lets go of the question, unless it is being answered.
    func withdraw() {
      isWithdrawnNow.store(true, ordering: .relaxed)
      question.withLock { $0 = nil }
    }
  }

  /// Computes the answer and writes it; something that nobody reads once it is not wanted any more. Blocks.
  func compute(_ isWanted: () -> Bool = { true }) -> ComputedAnswer {
    let start = ProcessorTime.now()
    var bytes = ByteBuffer()
    var isError = false
    do throws(ErrorReply) { try answer(isWanted).write(as: form, to: &bytes) } catch {
      isError = true
      Reply.error(error).write(as: form, to: &bytes)
    }
    let isKept = if case .model = lane { true } else { false }
    return ComputedAnswer(
      question: isKept ? self : nil, bytes: bytes, isError: isError,
      time: ProcessorTime.now() - start)
  }
}

/// What has become of a ``PendingAnswer``.
package struct ComputedAnswer: Sendable {
  /// The question, where the answer is worth keeping, and what it cost.
  let question: PendingAnswer?
  /// The answer as it goes on the wire.
  let bytes: ByteBuffer
  let isError: Bool
  /// How long it took.
  let time: TimeAmount
  /// What is to be answered in place of ``bytes``, once it is known whether a password is right; nil for anything else.
  var login: (LoginRequest, Access.Verdict)?
  /// The answers to those that waited with it, which came behind it.
  var others: [ComputedAnswer] = []
}

extension ComputedAnswer {
  /// An error in place of an answer that was not computed.
  init(refusing error: ErrorReply, as form: ReplyForm) { self.init(.failure(error), as: form) }

  /// An answer that was written already, and counted.
  init(bytes: ByteBuffer) {
    self.init(question: nil, bytes: bytes, isError: false, time: .zero)
  }

  /// The answers to requests that waited together, of which there is one.
  init(_ answers: [ComputedAnswer]) {
    self = answers[0]
    others = Array(answers.dropFirst())
  }

  /// The answer to `request` by what became of its password.
  init(to request: LoginRequest, _ verdict: Access.Verdict) {
    let isRight = if case .admitted = verdict { true } else { false }
    self.init(
      question: nil, bytes: ByteBuffer(), isError: !isRight, time: .zero, login: (request, verdict))
  }

  /// An answer that came from elsewhere.
  init(_ answer: Result<Reply, ErrorReply>, as form: ReplyForm) {
    var bytes = ByteBuffer()
    switch answer {
    case .success(let reply): reply.write(as: form, to: &bytes)
    case .failure(let error): Reply.error(error).write(as: form, to: &bytes)
    }
    let isError = if case .failure = answer { true } else { false }
    self.init(question: nil, bytes: bytes, isError: isError, time: .zero)
  }
}
