import ArgumentParser
import Errors
import Learning
import Recommenders

/// A quality gate's "no": the command did its work, and its result is not good enough to be used.
struct GateRefusal: Error, CustomStringConvertible {
  /// What a batch job can tell a refusal from a failure by.
  static let exitCode: Int32 = 3

  let description: String
}

/// An answer that does not exist: an unknown id, a missing model.
struct CommandFailure: Error, CustomStringConvertible {
  let description: String

  /// `problem` is a sentence without a full stop, `remedy` a whole one.
  init(_ problem: String, remedy: String) {
    description = "\(problem). \(remedy)"
  }

  /// The failure of a condition, with a mark where it fails.
  init(drawing error: RecommendingError) { description = error.drawn }
}

extension RecommendingError {
  /// The error of a condition for people: the problem, the condition with a mark at the place, the remedy.
  var drawn: String {
    let lines = place.split(separator: "\n", omittingEmptySubsequences: false)
    return "\(problem)\n" + lines.map { "  \($0)\n" }.joined() + remedy
  }
}

extension TrainingError {
  /// The failure of an option, by the name that people type.
  var namingTheOption: CommandFailure {
    CommandFailure("--\(place) \(problem)", remedy: remedy)
  }
}
