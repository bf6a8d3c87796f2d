/// The usual names of a split's parts.
struct PartNames {
  private let training: Set<String>
  private let validation: Set<String>
  private let test: Set<String>

  /// Names of folders, without numbers or yes and no: those are names of classes.
  static let ofFolders = PartNames(
    training: ["train", "training", "trn"],
    validation: ["valid", "validation", "val", "dev", "holdout", "held-out"],
    test: ["test", "testing", "tst"])
  /// Values of columns; 1 or a yes means held out.
  static let ofColumns = PartNames(
    training: ofFolders.training.union(["0", "false", "no"]),
    validation: ofFolders.validation.union(["1", "true", "yes"]), test: ofFolders.test)

  /// The purpose of a part.
  enum Kind { case training, validation, test }

  /// Returns the kind of part with this name, ignoring case; nil for other words.
  func kind(_ word: String) -> Kind? {
    let word = word.lowercased()
    if training.contains(word) { return .training }
    if validation.contains(word) { return .validation }
    return test.contains(word) ? .test : nil
  }

  /// Returns the kind of the first word that names a part. On the way to a file that is the outermost folder, since
  /// train/test holds a class called test.
  func kind(firstOf words: [String]) -> Kind? { words.lazy.compactMap(kind).first }

  /// Returns whether some names mean training, and some mean held out.
  func areParts(_ names: some Sequence<String>) -> Bool {
    let kinds = Set(names.compactMap(kind))
    return kinds.count > 1 && kinds.contains(.training)
  }

  /// Returns the parts of items of these kinds; nil for items without one. A test part is held out if there is no
  /// validation part; otherwise it is unused, as is customary.
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
