/// What is said of single users on standard error: of each kind the first few in full, and at the end how many more there
/// were, however many users are asked for.
final class UserNotes {
  /// What a note is about.
  enum Kind: String, CaseIterable {
    case forgotten = "who were forgotten"
    case made = "who have rated since the model was trained, or were not there"
    case unlearned = "who have rated since, which a model of this kind learns by training alone"
    case popular = "who get the popular items"
    case nothingLeft = "for whom no item is left"
  }

  /// How many of a kind are shown.
  private static let shownCount = 5

  private var counts: [Kind: Int] = [:]

  /// Says `line`, unless enough of its kind were said.
  func note(_ kind: Kind, _ line: @autoclosure () -> String) {
    counts[kind, default: 0] += 1
    if counts[kind, default: 0] <= Self.shownCount { StandardError.note(line()) }
  }

  /// Says how many more there were of each kind.
  func finish() {
    for kind in Kind.allCases {
      let more = counts[kind, default: 0] - Self.shownCount
      if more > 0 {
        StandardError.note("And \(more) more \(more == 1 ? "user" : "users") \(kind.rawValue).")
      }
    }
    counts = [:]
  }
}
