import LineProtocol
import NIOCore
import Synchronization

/// A question to be answered on another thread.
package struct PendingAnswer: Sendable {
  /// Where a question is answered.
  enum Lane: Sendable {
    /// On the threads for model questions that an event loop can't wait for or, if it `asksStore` about a user first,
    /// on the threads for such: a store that does not reply delays no others. The answer may be cached while the models
    /// are in service and the mark is valid.
    case model(ServedModels, UserMarks.Mark, asksStore: Bool)
    /// By a callback.
    case elsewhere(@Sendable (@escaping @Sendable (Result<Reply, ErrorReply>) -> Void) -> Void)
    /// By callbacks, together with the requests that came behind it.
    case gathered(GatheredAnswers)
    /// By a password check; the answer is ``ErrorReply/busy`` if too many wait.
    case login(LoginRequest, Credentials)
    /// On the threads for what is slow whatever is asked, within ``ServerLimits/slowTime``.
    case slow
  }

  let request: Request
  /// The index of its command in the table.
  let command: Int
  let arguments: CommandArguments
  let form: ReplyForm
  let lane: Lane
  let answer: @Sendable (_ isWanted: () -> Bool) throws(ErrorReply) -> Reply

  /// A question on its way to the thread that answers it, held while the answer is wanted.
  final class Ticket: Sendable {
    private let question: Mutex<PendingAnswer?>
    private let isWithdrawnNow = Atomic(false)

    init(_ question: PendingAnswer) { self.question = Mutex(question) }

    var isWithdrawn: Bool { isWithdrawnNow.load(ordering: .relaxed) }

    /// Takes the question out to be answered; returns `nil` if the answer is no longer wanted.
    func take() -> PendingAnswer? {
      question.withLock { question in
        defer { question = nil }
        return question
      }
    }

    /// Marks the answer as unwanted. Releases the question unless it is being answered.
    func withdraw() {
      isWithdrawnNow.store(true, ordering: .relaxed)
      question.withLock { $0 = nil }
    }
  }

  /// Computes and encodes the answer; the result means nothing once it is no longer wanted. Blocks.
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

/// The result of a ``PendingAnswer``.
package struct ComputedAnswer: Sendable {
  /// The question, if the answer is worth caching and its cost worth recording.
  let question: PendingAnswer?
  /// The encoded answer.
  let bytes: ByteBuffer
  let isError: Bool
  /// The processor time it took.
  let time: TimeAmount
  /// The login to answer by its verdict instead of ``bytes``; `nil` for any other request.
  var login: (LoginRequest, Access.Verdict)?
  /// The answers to the requests that waited with it and came behind it.
  var others: [ComputedAnswer] = []
}

extension ComputedAnswer {
  /// Creates an error in place of an answer that was not computed.
  init(refusing error: ErrorReply, as form: ReplyForm) { self.init(.failure(error), as: form) }

  /// Creates an answer that is already encoded and counted.
  init(bytes: ByteBuffer) {
    self.init(question: nil, bytes: bytes, isError: false, time: .zero)
  }

  /// Combines the answers, at least one, to requests that waited together.
  init(_ answers: [ComputedAnswer]) {
    self = answers[0]
    others = Array(answers.dropFirst())
  }

  /// Creates the answer to `request` by the `verdict` on its password.
  init(to request: LoginRequest, _ verdict: Access.Verdict) {
    let isRight = if case .admitted = verdict { true } else { false }
    self.init(
      question: nil, bytes: ByteBuffer(), isError: !isRight, time: .zero, login: (request, verdict))
  }

  /// Creates an answer that came from elsewhere.
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
