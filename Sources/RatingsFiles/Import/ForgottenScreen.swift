import Errors
package import Ratings

/// What happens to ratings by forgotten users.
package enum ForgottenRule: String, CaseIterable, Sendable {
  /// Nothing is imported.
  case refuse
  /// The ratings are skipped and counted.
  case skip
  /// The users are readmitted.
  case readmit
}

/// Detects rows whose users were forgotten.
package final class ForgottenScreen {
  private let forgotten: ForgottenUsers
  /// What happens to these rows.
  let rule: ForgottenRule
  /// A cache of users already checked and found not to be forgotten: most rows belong to one of them.
  private var others: Set<UserID> = []
  private static let memoryLimit = 1 << 16
  /// The forgotten users found.
  private(set) var users: Set<UserID> = []
  /// The number of their rows.
  private(set) var rowCount = 0
  private var firstPlace: FilePlace?

  /// Creates a screen for the users in `forgotten`; nil if nobody was forgotten.
  package init?(_ forgotten: ForgottenUsers, rule: ForgottenRule) {
    guard !forgotten.isEmpty else { return nil }
    self.rule = rule
    self.forgotten = forgotten
  }

  /// Returns whether the user of a row was forgotten; `place` locates the row.
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

  /// The error that the files would bring forgotten users back; nil if they would not. It does not name them.
  var refusal: RatingsFileError? {
    firstPlace.map { place in
      let people = users.count == 1 ? "1 forgotten user" : "\(users.count) forgotten users"
      let lines = rowCount == 1 ? "1 line" : "\(rowCount) lines"
      return RatingsFileError(
        .forgottenUser,
        "\(lines) would bring back \(people), this one being the first: nothing was imported",
        place: place,
        remedy: "Specify whether to skip such lines or to readmit the users.")
    }
  }
}
