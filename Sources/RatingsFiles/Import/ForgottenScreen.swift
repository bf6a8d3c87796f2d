import Errors
package import Ratings

/// What becomes of ratings by people who were forgotten.
package enum ForgottenRule: String, CaseIterable, Sendable {
  /// Nothing is imported.
  case refuse
  /// They are left out, and counted.
  case skip
  /// Their people are taken back.
  case readmit
}

/// Finds the rows of files whose users were forgotten.
package final class ForgottenScreen {
  private let forgotten: ForgottenUsers
  /// What becomes of the rows.
  let rule: ForgottenRule
  /// Some of those who were looked at and were not forgotten: most rows are of one of them.
  private var others: Set<UserID> = []
  private static let memoryLimit = 1 << 16
  /// Those who were found.
  private(set) var users: Set<UserID> = []
  /// How many rows are theirs.
  private(set) var rowCount = 0
  private var firstPlace: FilePlace?

  /// A screen for those in `forgotten`; nil when nobody was forgotten.
  package init?(_ forgotten: ForgottenUsers, rule: ForgottenRule) {
    guard !forgotten.isEmpty else { return nil }
    self.rule = rule
    self.forgotten = forgotten
  }

  /// Whether a row is by somebody who was forgotten; `place` tells where it is.
  func finds(_ user: UserID, at place: () -> FilePlace) -> Bool {
    guard !others.contains(user) else { return false }
    guard users.contains(user) || forgotten.contains(user) else {
      if others.count == Self.memoryLimit { others.removeAll(keepingCapacity: true) }
      others.insert(user)
      return false
    }
    users.insert(user)
    rowCount += 1
    if firstPlace == nil { firstPlace = place() }
    return true
  }

  /// The error that the files would bring people back; nil when they would not. It does not name them.
  var refusal: RatingsFileError? {
    firstPlace.map { place in
      let people = users.count == 1 ? "1 person who was" : "\(users.count) people who were"
      let lines = rowCount == 1 ? "1 line" : "\(rowCount) lines"
      return RatingsFileError(
        .forgottenUser,
        "it would bring back \(people) forgotten, by \(lines), this one the first: nothing was imported",
        place: place,
        remedy: "Say whether such lines are to be left out, or the people taken back.")
    }
  }
}
