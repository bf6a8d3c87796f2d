import ArgumentParser
import Errors
import Learning
import Recommenders

/// A refusal by the quality gate: the command succeeded, but its result is not good enough to be used.
struct GateRefusal: Error, CustomStringConvertible {
  /// The exit code, by which a batch job can distinguish a refusal from a failure.
  static let exitCode: Int32 = 3

  let description: String
}

/// The failure of a command, such as an unknown id or a missing model.
struct CommandFailure: Error, CustomStringConvertible {
  let description: String

  /// Creates a failure. `problem` is a sentence without a full stop, `remedy` a whole sentence.
  init(_ problem: String, remedy: String) {
    description = "\(problem). \(remedy)"
  }

  /// Creates the failure of a condition, with a mark at the position of the error.
  init(drawing error: RecommendingError) { description = error.drawn }
}

extension RecommendingError {
  /// The error in a condition for people: the problem, the condition with a mark at the position, the remedy.
  var drawn: String {
    let lines = place.split(separator: "\n", omittingEmptySubsequences: false)
    return "\(problem)\n" + lines.map { "  \($0)\n" }.joined() + remedy
  }
}

extension TrainingError {
  /// The failure of an option, with the name that people type.
  var namingTheOption: CommandFailure {
    CommandFailure("--\(place) \(problem)", remedy: remedy)
  }
}
