import Synchronization

/// What is wrong with models that are served, by their names, for INFO.
final class ModelProblems: Sendable {
  private let problems = Mutex<[String: String]>([:])

  /// What is wrong with `name`; nil when nothing is.
  subscript(name: String) -> String? { problems.withLock { $0[name] } }

  /// Notes what is wrong with `name`; nil when nothing is.
  func set(_ problem: String?, of name: String) { problems.withLock { $0[name] = problem } }
}
