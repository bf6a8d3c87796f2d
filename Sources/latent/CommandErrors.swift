import ArgumentParser
import Errors
import Learning

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
}

extension TrainingError {
  /// The failure of an option, by the name that people type.
  var namingTheOption: CommandFailure {
    CommandFailure("--\(place) \(problem)", remedy: remedy)
  }
}
