import LineProtocol
import NIOCore
import Synchronization

/// A question to the model that is answered on one of the ``AnswerThreads``.
package struct PendingAnswer: Sendable {
  let request: Request
  let arguments: CommandArguments
  let form: ReplyForm
  /// What is asked, whichever models are in service by the time of the answer.
  let models: ServedModels
  let answer: Worker.ModelAnswer

  /// Whether anybody still wants the answer.
  final class Withdrawal: Sendable {
    private let isWithdrawnNow = Atomic(false)

    var isWithdrawn: Bool { isWithdrawnNow.load(ordering: .relaxed) }

    /// The client is gone.
    func withdraw() { isWithdrawnNow.store(true, ordering: .relaxed) }
  }

  /// Computes the answer and writes it. Blocks.
  func compute() -> ComputedAnswer {
    let start = ProcessorTime.now()
    var bytes = ByteBuffer()
    var isError = false
    do throws(ErrorReply) {
      try answer(models, arguments).write(as: form, to: &bytes)
    } catch {
      isError = true
      Reply.error(error).write(as: form, to: &bytes)
    }
    return ComputedAnswer(
      question: self, bytes: bytes, isError: isError, time: ProcessorTime.now() - start)
  }
}

/// What has become of a ``PendingAnswer``.
package struct ComputedAnswer: Sendable {
  let question: PendingAnswer
  /// The answer as it goes on the wire.
  let bytes: ByteBuffer
  let isError: Bool
  /// How long it took.
  let time: TimeAmount
}
