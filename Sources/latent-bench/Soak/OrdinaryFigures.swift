import Foundation
import Synchronization

/// What ordinary clients saw, all together.
final class OrdinaryFigures: Sendable {
  struct Values {
    /// Of each PREDICT that was asked alone, in milliseconds.
    var milliseconds: [Double] = []
    var answerCount = 0
    var wrongCount = 0
    var lostCount = 0
    /// The versions that answered.
    var versions: Set<Int> = []
    /// What was wrong first, and what was lost.
    var problems: [String] = []

    /// Takes note of a wrong answer.
    mutating func fault(_ problem: String) {
      wrongCount += 1
      note("a wrong answer: \(problem)")
    }

    /// Takes note of an answer that did not come.
    mutating func lose(_ problem: String) {
      lostCount += 1
      note("a lost answer: \(problem)")
    }

    private mutating func note(_ problem: String) {
      if problems.count < 3 { problems.append(String(problem.prefix(300))) }
    }
  }

  private let values = Mutex(Values())

  /// Changes the figures.
  func record(_ change: (inout Values) -> Void) { values.withLock { change(&$0) } }

  /// The figures so far; they begin anew.
  func take() -> Values {
    values.withLock { values in
      defer { values = Values() }
      return values
    }
  }
}

/// Ordinary clients, each on a thread of its own.
final class OrdinaryClients {
  let figures = OrdinaryFigures()
  private let target: Target
  private let count: Int
  private let ended = DispatchSemaphore(value: 0)
  private var isJoined = false

  /// Starts them.
  init(_ count: Int, asking target: Target, versions: KnownVersions) {
    self.target = target
    self.count = count
    let (figures, ended) = (figures, ended)
    for number in 0..<count {
      Thread.detachNewThread {
        var client = OrdinaryClient(
          number: number, target: target, versions: versions, figures: figures)
        client.run()
        ended.signal()
      }
    }
  }

  deinit { stop() }

  /// Ends them, each with the answer it waits for.
  func stop() {
    target.end()
    guard !isJoined else { return }
    isJoined = true
    for _ in 0..<count { ended.wait() }
  }
}
