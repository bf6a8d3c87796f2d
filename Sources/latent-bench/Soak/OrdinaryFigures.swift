import Foundation
import Synchronization

/// The observations of all ordinary clients.
final class OrdinaryFigures: Sendable {
  struct Values {
    /// The latency of each PREDICT sent alone, in milliseconds.
    var milliseconds: [Double] = []
    /// The latency of each rating until it was acknowledged, in milliseconds.
    var ratingMilliseconds: [Double] = []
    /// The number of ratings refused because too many had waited too long before them.
    var refusedRatingCount = 0
    var answerCount = 0
    var wrongCount = 0
    var lostCount = 0
    /// The versions that answered.
    var versions: Set<Int> = []
    /// The first wrong answers and lost answers.
    var problems: [String] = []

    /// Records a wrong answer.
    mutating func fault(_ problem: String) {
      wrongCount += 1
      note("a wrong answer: \(problem)")
    }

    /// Records a missing answer.
    mutating func lose(_ problem: String) {
      lostCount += 1
      note("a lost answer: \(problem)")
    }

    private mutating func note(_ problem: String) {
      if problems.count < 3 { problems.append(String(problem.prefix(300))) }
    }
  }

  /// What is going on when a client asks. An answer counts for the phase in which the request was sent, however late it
  /// arrives.
  enum Phase {
    case warmingUp, quiet, attacked, after
  }

  private struct State {
    var phase = Phase.warmingUp
    var values: [Phase: Values] = [:]
  }
  private let state = Mutex(State())

  /// The current phase.
  var phase: Phase { state.withLock { $0.phase } }

  /// Begins another phase.
  func begin(_ phase: Phase) { state.withLock { $0.phase = phase } }

  /// Updates the figures of a phase.
  func record(_ phase: Phase, _ change: (inout Values) -> Void) {
    state.withLock { change(&$0.values[phase, default: Values()]) }
  }

  /// The figures of a phase so far.
  subscript(phase: Phase) -> Values { state.withLock { $0.values[phase] ?? Values() } }
}
