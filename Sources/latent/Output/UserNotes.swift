/// Notes about single users on standard error. The first few of each kind are written in full; at the end follows the
/// number of the others, so that the output stays short for any number of users.
final class UserNotes {
  /// The kind of a note.
  enum Kind: String, CaseIterable {
    case forgotten = "who were forgotten"
    case made = "who are new or have rated since the model was trained"
    case unlearned = "who have rated since; a model of this kind learns that only by training"
    case popular = "who get the popular items"
    case nothingLeft = "for whom no item is left"
  }

  /// The maximum number of notes of a kind that are written.
  private static let shownCount = 5

  private var counts: [Kind: Int] = [:]

  /// Writes `line`, unless enough notes of its kind were written.
  func note(_ kind: Kind, _ line: @autoclosure () -> String) {
    counts[kind, default: 0] += 1
    if counts[kind, default: 0] <= Self.shownCount { StandardError.note(line()) }
  }

  /// Writes the number of further notes of each kind.
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
