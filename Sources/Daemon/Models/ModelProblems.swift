import Synchronization

/// The problems of served models, by name, for INFO.
final class ModelProblems: Sendable {
  private let problems = Mutex<[String: String]>([:])

  /// The problem of `name`; `nil` if there is none.
  subscript(name: String) -> String? { problems.withLock { $0[name] } }

  /// Sets the problem of `name`; `nil` if there is none.
  func set(_ problem: String?, of name: String) { problems.withLock { $0[name] = problem } }
}
