import Foundation
import Synchronization

/// What ordinary clients saw, all together.
final class OrdinaryFigures: Sendable {
  struct Values {
    /// Of each PREDICT that was asked alone, in milliseconds.
    var milliseconds: [Double] = []
    /// Of each rating until it was acknowledged, in milliseconds.
    var ratingMilliseconds: [Double] = []
    /// Ratings that were refused, as too many waited before them for too long.
    var refusedRatingCount = 0
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

  /// What goes on while a client asks. An answer counts for the phase in which it was asked for,
  /// however late it comes.
  enum Phase {
    case warmingUp, quiet, attacked, after
  }

  private struct State {
    var phase = Phase.warmingUp
    var values: [Phase: Values] = [:]
  }
  private let state = Mutex(State())

  /// What goes on now.
  var phase: Phase { state.withLock { $0.phase } }

  /// Has another phase begin.
  func begin(_ phase: Phase) { state.withLock { $0.phase = phase } }

  /// Changes the figures of a phase.
  func record(_ phase: Phase, _ change: (inout Values) -> Void) {
    state.withLock { change(&$0.values[phase, default: Values()]) }
  }

  /// The figures of a phase so far.
  subscript(phase: Phase) -> Values { state.withLock { $0.values[phase] ?? Values() } }
}
