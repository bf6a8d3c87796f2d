import Daemon
import Foundation
import LineProtocol

/// A model whose answers name the user who asked, and take as long as the test determines.
final class ScriptedModel: Sendable {
  let version: Int
  private let onAnswer: @Sendable (_ user: String) -> Void

  /// Creates a model that calls `onAnswer` for each answer.
  init(version: Int = 1, onAnswer: @escaping @Sendable (_ user: String) -> Void = { _ in }) {
    self.version = version
    self.onAnswer = onAnswer
  }

  var served: ServedModel {
    ServedModel(
      self,
      facts: ModelFacts(
        name: "recommender", version: version, kind: "scripted", createdAt: "2026-01-01T00:00:00Z"),
      takesData: true)
  }

  private func answer(_ user: String) -> Reply {
    onAnswer(user)
    return .text("\(user) by \(version)")
  }

  /// Returns the daemon's commands with ASK, which asks a scripted model, and BLOCK, which answers on an event loop
  /// once `onBlock` has returned.
  static func commands(onBlock: @escaping @Sendable () -> Void = {}) -> [DaemonCommand] {
    let user = Argument.required("user")
    let count = Argument.number("COUNT", value: "n", range: 1...1000, default: 10)
    let ask = DaemonCommand(
      "ASK", .model, [user, count], summary: "Who asked.", complexity: "O(1)", since: "0.1",
      answer: .asking(ScriptedModel.self) { (model, _, arguments) throws(ErrorReply) in
        model.answer(try arguments.text(user))
      })
    let block = DaemonCommand(
      "BLOCK", .server, summary: "Takes its time.", complexity: "O(1)", since: "0.1",
      answer: .server { (_, _) throws(ErrorReply) in
        onBlock()
        return .status("scripted")
      })
    return DaemonCommand.all + [ask, block]
  }
}

/// A gate that is opened once. Threads wait at it until then, at most 20 seconds.
final class Gate: @unchecked Sendable {
  // All mutable state is accessed only with the condition locked.
  private let condition = NSCondition()
  private var isOpen = false
  private var waitingCount = 0

  /// Waits until the gate is open; returns whether it is.
  @discardableResult
  func wait() -> Bool {
    condition.lock()
    defer { condition.unlock() }
    waitingCount += 1
    condition.broadcast()
    let end = Date(timeIntervalSinceNow: 20)
    while !isOpen, condition.wait(until: end) {}
    return isOpen
  }

  /// Waits until a thread waits at the gate, at most 20 seconds.
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
