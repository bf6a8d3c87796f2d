import Errors

/// What the parts of a split are called in folders and columns.
struct PartNames {
  /// What is held out; nil goes by the usual words.
  let heldOut: [String]?

  private static let training: Set<String> = ["train", "training", "trn", "0", "false", "no"]
  private static let validation: Set<String> = [
    "valid", "validation", "val", "dev", "1", "true", "yes", "holdout", "held-out",
  ]
  private static let test: Set<String> = ["test", "testing", "tst"]

  /// Whether folders are called so for the part of a split that they are.
  static func isUsual(_ name: String) -> Bool {
    [training, validation, test].contains { $0.contains(name.lowercased()) }
  }

  /// The part of each item, of which `candidates` are the words. What is called a test is held out where nothing
  /// is called a validation, else left alone, as people mean it. Throws for an item that no word parts.
  func parts(_ candidates: [[String]], _ items: ImageItems) throws(ImageDataError) -> [Splitter
    .Part]
  {
    if let heldOut {
      let wanted = Set(heldOut)
      for name in heldOut where !candidates.contains(where: { $0.contains(name) }) {
        throw ImageDataError(
          .badSplit, "no image is in a part called \(name)", place: items.place,
          remedy: "Write it as it stands there.")
      }
      return candidates.map { words in
        if words.contains(where: wanted.contains) { return .heldOut }
        return words.contains { Self.test.contains($0.lowercased()) } ? .unused : .training
      }
    }
    let lower = candidates.map { $0.map { $0.lowercased() } }
    let hasValidation = lower.contains { $0.contains(where: Self.validation.contains) }
    var parts: [Splitter.Part] = []
    for (item, words) in lower.enumerated() {
      if words.contains(where: Self.validation.contains) {
        parts.append(.heldOut)
      } else if words.contains(where: Self.test.contains) {
        parts.append(hasValidation ? .unused : .heldOut)
      } else if words.contains(where: Self.training.contains) {
        parts.append(.training)
      } else {
        let said = candidates[item].joined(separator: "/")
        throw ImageDataError(
          .badSplit,
          said.isEmpty
            ? "\(items.names[item]) is in no part" : "\(Excerpt.of(said)) is neither part nor test",
          place: items.place,
          remedy: "Say what is held out by the words that stand there.")
      }
    }
    return parts
  }
}
