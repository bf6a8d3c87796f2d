import LineProtocol
import NIOCore
import Synchronization

/// Requests of one client that came together and wait together, for what somebody else answers: the store writes all of them
/// at a time.
struct GatheredAnswers {
  /// A request, or what was answered to one at once.
  enum Part: Sendable {
    case pending(PendingAnswer)
    case answered(ByteBuffer)
  }

  /// How many requests wait together, and how many bytes of them.
  private static let countLimit = 64
  private static let byteLimit = 1 << 16

  private(set) var parts: [Part]
  /// What they and the answers that wait take.
  private(set) var byteCount: Int

  /// `first` alone, which is to be answered elsewhere.
  init(_ first: PendingAnswer) {
    parts = [.pending(first)]
    byteCount = first.request.memoryByteCount
  }

  /// Whether no more may wait with them.
  var isFull: Bool { parts.count >= Self.countLimit || byteCount >= Self.byteLimit }

  /// Adds the next one, by what became of it and the `answer` that was written.
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

  /// What is to be computed in the place of the first, and of the others with it: that alone, where there are none.
  var question: PendingAnswer {
    guard case .pending(let first) = parts[0] else { preconditionFailure("the first is answered") }
    guard parts.count > 1 else { return first }
    return PendingAnswer(
      request: first.request, command: first.command, arguments: first.arguments, form: first.form,
      lane: .gathered(self), answer: first.answer)
  }

  /// The requests in their order, with the places of their commands in the table; nil of those that are answered and counted.
  var requests: [(command: Int, request: Request)?] {
    parts.map { part in
      if case .pending(let question) = part { (question.command, question.request) } else { nil }
    }
  }

  /// Asks for all of them, and calls `done` with the answers, once, in the order of the requests.
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

  /// Answers that have come so far, from any thread.
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
