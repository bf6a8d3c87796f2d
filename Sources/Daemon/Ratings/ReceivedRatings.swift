import Errors
import LineProtocol
import Ratings

/// The changes of ratings that a request asks for, by ids as received.
struct ReceivedRatings: Sendable {
  /// A rating, or one that is taken back.
  struct Row: Sendable {
    let user: String
    let item: String
    /// The value; `nil` takes the rating back.
    let value: Float?
  }

  let rows: [Row]
  /// When they were left.
  let time: Timestamp
  /// When writing them must have begun.
  let deadline: ContinuousClock.Instant
  /// Called once with the reply to each row, or the reason why nothing was written.
  let done: Done

  typealias Done = @Sendable (Result<[Result<Reply, ErrorReply>], ErrorReply>) -> Void
}

extension ReceivedRatings.Row {
  /// Returns the change that the row stands for in a store with `settings`, or why it stands for none.
  func change(at time: Timestamp, in settings: StoreSettings) -> Result<RatingChange, ErrorReply> {
    guard let userType = settings.userType, let itemType = settings.itemType else {
      return .failure(.noTypes)
    }
    guard let user = UserID(user, as: userType) else {
      return .failure(.bad(user, "a user", as: userType))
    }
    guard let item = ItemID(item, as: itemType) else {
      return .failure(.bad(item, "an item", as: itemType))
    }
    guard let value else { return .success(.remove(user, item)) }
    return .success(
      .rate(Rating(user: user, item: item, value: value, time: time)))
  }
}

extension RatingOutcome {
  /// Returns the client's reply to the `change` with this outcome; the error if the store did not take it.
  func reply(to change: RatingChange) -> Result<Reply, ErrorReply> {
    func told(_ outcome: String, _ further: [ReplyField] = []) -> Result<Reply, ErrorReply> {
      .success(
        .map(
          [
            ReplyField("user", .identifier(ReplyIdentifier(change.user))),
            ReplyField("item", .identifier(ReplyIdentifier(change.item))),
            ReplyField("outcome", .text(outcome)),
          ] + further))
    }
    return switch self {
    case .added: told("added")
    case .replaced: told("replaced")
    case .unchanged: told("unchanged")
    case .older(let time): told("older", [ReplyField("newest", .text(time.description))])
    case .removed: told("removed")
    case .absent: told("absent")
    case .refused(let error): .failure(ErrorReply(error))
    }
  }
}

// MARK: - Errors

extension ErrorReply {
  /// Converts an error of the store for clients, without its place.
  init(_ error: StoreError) {
    let code: Code =
      switch error.code {
      case .busy: .busy
      case .forgottenUser: .forgottenUser
      case .badValue, .settingsConflict: .badArgument
      case .notMigrated: .unsupported
      case .unreachable, .missing, .silent, .foreign, .outdated, .otherVersion,
        .badQuery, .inputOutput, .failed:
        .storeAway
      }
    guard code == .storeAway else {
      self.init(code, error.problem, remedy: error.remedy)
      return
    }
    self.init(
      code, "the store of ratings can't be written to",
      remedy: "Try again later: INFO store and the server's log say what is wrong.")
  }

  /// Another process, such as an import, held the store for too long.
  static let storeIsHeld = ErrorReply(
    .busy, "another process is writing to the store", remedy: "Try again when it is done.")

  /// An earlier transaction took too long, or is taking too long without saying why yet.
  static let storeIsSlow = ErrorReply(
    .busy,
    "the store is too slow: another process is writing to it, ratings come faster than it writes them, or it does not respond",
    remedy: "Send it again in a moment, and fewer at a time.")

  fileprivate static let noTypes = ErrorReply(
    .storeAway, "the store has no ratings yet, so the type of ids is unknown",
    remedy: "Import some first.")

  fileprivate static func bad(
    _ id: String, _ what: String, as type: IdentifierType
  ) -> ErrorReply {
    ErrorReply(
      .badArgument, "'\(Excerpt.of(id))' is not a valid id of \(what)",
      remedy: type == .integer
        ? "Ids are 64-bit integers here."
        : "Ids are strings of 1 to \(identifierByteLimit) bytes here.")
  }
}
