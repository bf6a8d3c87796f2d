extension ImageTask {
  /// What kind of task there is: what a task is besides what its outputs are called and where they lie.
  ///
  /// The raw values are the names on the command line and in records of trainings.
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case classify
    case multilabel
    case regress
    case points
  }

  /// Which kind it is of.
  package var kind: Kind {
    switch self {
    case .classify: .classify
    case .multilabel: .multilabel
    case .regress: .regress
    case .points: .points
    }
  }

  /// What its kind is called: `classify`, `multilabel`, `regress`, `points`.
  package var name: String { kind.rawValue }
}
