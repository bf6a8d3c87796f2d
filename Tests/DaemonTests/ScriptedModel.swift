import Daemon
import Foundation
import LineProtocol

/// A model whose answers tell who asked, and take as long as the test says.
final class ScriptedModel: Answering {
  let version: Int
  private let onFacts: @Sendable () -> Void
  private let onAnswer: @Sendable (_ user: String) -> Void

  /// `onAnswer` is called for each answer, and `onFacts` when INFO asks about the model.
  init(
    version: Int = 1, onAnswer: @escaping @Sendable (_ user: String) -> Void = { _ in },
    onFacts: @escaping @Sendable () -> Void = {}
  ) {
    self.version = version
    self.onFacts = onFacts
    self.onAnswer = onAnswer
  }

  var facts: ModelFacts {
    onFacts()
    return ModelFacts(
      name: "recommender", version: version, kind: "scripted", userCount: 1, itemCount: 1,
      createdAt: "2026-01-01T00:00:00Z", inServiceSince: nil)
  }

  func prepare() {}

  func answer(_ arguments: CommandArguments) throws(ErrorReply) -> Reply {
    let user = try arguments.text(0)
    onAnswer(user)
    return .text("\(user) by \(version)")
  }
}

/// Opened once; who waits at it goes on then, for 20 seconds at the most.
final class Gate: @unchecked Sendable {
  // Everything mutable is touched under the condition alone.
  private let condition = NSCondition()
  private var isOpen = false
  private var waitingCount = 0

  /// Waits until the gate is open.
  func wait() {
    condition.lock()
    defer { condition.unlock() }
    waitingCount += 1
    condition.broadcast()
    let end = Date(timeIntervalSinceNow: 20)
    while !isOpen, condition.wait(until: end) {}
  }

  /// Waits until somebody waits at the gate.
  func waitForArrival() {
    condition.lock()
    defer { condition.unlock() }
    let end = Date(timeIntervalSinceNow: 20)
    while waitingCount == 0, condition.wait(until: end) {}
  }

  func open() {
    condition.lock()
    defer { condition.unlock() }
    isOpen = true
    condition.broadcast()
  }
}
