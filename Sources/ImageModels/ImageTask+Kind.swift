extension ImageTask {
  /// The kind of a task: the task without its output names and ranges.
  ///
  /// The raw values are the names on the command line and in training records.
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case classify
    case multilabel
    case regress
    case points
  }

  /// The kind of the task.
  package var kind: Kind {
    switch self {
    case .classify: .classify
    case .multilabel: .multilabel
    case .regress: .regress
    case .points: .points
    }
  }

  /// The name of the kind: `classify`, `multilabel`, `regress`, `points`.
  package var name: String { kind.rawValue }
}
