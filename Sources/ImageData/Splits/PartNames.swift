/// What the parts of a split are called.
struct PartNames {
  private let training: Set<String>
  private let validation: Set<String>
  private let test: Set<String>

  /// Folders. None is called by a number or a yes: classes are.
  static let ofFolders = PartNames(
    training: ["train", "training", "trn"],
    validation: ["valid", "validation", "val", "dev", "holdout", "held-out"],
    test: ["test", "testing", "tst"])
  /// Cells of a column, where 1 or a yes says that something is held out.
  static let ofColumns = PartNames(
    training: ofFolders.training.union(["0", "false", "no"]),
    validation: ofFolders.validation.union(["1", "true", "yes"]), test: ofFolders.test)

  /// What a word says a part is for.
  enum Kind { case training, validation, test }

  /// The kind of part that is called so, in letters of any size; nil for other words.
  func kind(_ word: String) -> Kind? {
    let word = word.lowercased()
    if training.contains(word) { return .training }
    if validation.contains(word) { return .validation }
    return test.contains(word) ? .test : nil
  }

  /// The kind of part that the first word in a list calls that calls one: on the way to a file the outermost folder,
  /// as train/test holds a class called test.
  func kind(firstOf words: [String]) -> Kind? { words.lazy.compactMap(kind).first }

  /// Whether some of the names are called as what is trained on, and some as what is held out.
  func areParts(_ names: some Sequence<String>) -> Bool {
    let kinds = Set(names.compactMap(kind))
    return kinds.count > 1 && kinds.contains(.training)
  }

  /// The parts of items of these kinds; nil for those of none. What is called a test is held out where nothing is
  /// called a validation, else left alone, as people mean it.
  static func parts(_ kinds: [Kind?]) -> [Splitter.Part?] {
    let hasValidation = kinds.contains(.validation)
    return kinds.map { kind in
      switch kind {
      case .training: .training
      case .validation: .heldOut
      case .test: hasValidation ? .unused : .heldOut
      case nil: nil
      }
    }
  }
}
