import LineProtocol
import NIOCore
import Synchronization

/// Requests of one client that arrived together and wait together for an asynchronous answer: the store writes them all
/// at once.
struct GatheredAnswers {
  /// A request, or the answer one already has.
  enum Part: Sendable {
    case pending(PendingAnswer)
    case answered(ByteBuffer)
  }

  /// The limits on requests that wait together: their number and their bytes.
  private static let countLimit = 64
  private static let byteLimit = 1 << 16

  private(set) var parts: [Part]
  /// The bytes of the requests, and of the answers that wait.
  private(set) var byteCount: Int

  /// Creates a group of `first` alone, which is to be answered elsewhere.
  init(_ first: PendingAnswer) {
    parts = [.pending(first)]
    byteCount = first.request.memoryByteCount
  }

  /// Whether no more requests may join.
  var isFull: Bool { parts.count >= Self.countLimit || byteCount >= Self.byteLimit }

  /// Adds the next request by its `outcome` and the `answer` that was written.
  mutating func append(_ outcome: Worker.Outcome, _ answer: ByteBuffer) {
    switch outcome {
    case .answered:
      parts.append(.answered(answer))
      byteCount += answer.readableBytes
    case .pending(let question):
      parts.append(.pending(question))
      byteCount += question.request.memoryByteCount
    case .transaction: preconditionFailure("a rating that stands for several requests")
    }
  }

  /// The question that stands for the whole group; the first itself if it is alone.
  var question: PendingAnswer {
    guard case .pending(let first) = parts[0] else { preconditionFailure("the first is answered") }
    guard parts.count > 1 else { return first }
    return PendingAnswer(
      request: first.request, command: first.command, arguments: first.arguments, form: first.form,
      lane: .gathered(self), answer: first.answer)
  }

  /// The requests in order, with the indices of their commands in the table; `nil` for those already answered and
  /// counted.
  var requests: [(command: Int, request: Request)?] {
    parts.map { part in
      if case .pending(let question) = part { (question.command, question.request) } else { nil }
    }
  }

  /// Starts all requests, and calls `done` once with their answers, in order.
  func begin(_ done: @escaping @Sendable ([ComputedAnswer]) -> Void) {
    let collected = Collected(parts.count, done)
    for (place, part) in parts.enumerated() {
      switch part {
      case .answered(let bytes): collected.set(place, ComputedAnswer(bytes: bytes))
      case .pending(let question):
        guard case .elsewhere(let begin) = question.lane else {
          preconditionFailure("what waits together is answered elsewhere")
        }
        begin { collected.set(place, ComputedAnswer($0, as: question.form)) }
      }
    }
  }

  /// The answers so far, set from any thread.
  private final class Collected: Sendable {
    private struct State {
      var answers: [ComputedAnswer?]
      var missing: Int
    }
    private let state: Mutex<State>
    private let done: @Sendable ([ComputedAnswer]) -> Void

    init(_ count: Int, _ done: @escaping @Sendable ([ComputedAnswer]) -> Void) {
      state = Mutex(State(answers: Array(repeating: nil, count: count), missing: count))
      self.done = done
    }

    func set(_ place: Int, _ answer: ComputedAnswer) {
      let all = state.withLock { state -> [ComputedAnswer]? in
        state.answers[place] = answer
        state.missing -= 1
        return state.missing == 0 ? state.answers.compactMap(\.self) : nil
      }
      if let all { done(all) }
    }
  }
}
