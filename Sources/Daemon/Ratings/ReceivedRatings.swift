import Errors
import LineProtocol
import Ratings

/// What a request wants done to ratings, by ids as they came.
struct ReceivedRatings: Sendable {
  /// A rating, or one that is taken back.
  struct Row: Sendable {
    let user: String
    let item: String
    /// nil takes the rating back.
    let value: Float?
  }

  let rows: [Row]
  /// When they were left.
  let time: Timestamp
  /// By when they must have been begun to be written.
  let deadline: ContinuousClock.Instant
  /// Told what is replied to each row, or why nothing was written, once.
  let done: Done

  typealias Done = @Sendable (Result<[Result<Reply, ErrorReply>], ErrorReply>) -> Void
}

extension ReceivedRatings.Row {
  /// The change that the row stands for in a store with `settings`, or why it stands for none.
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
  /// What a client is told of the `change` that this became of; the error where the store did not take it.
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
  /// What clients are told of an error of the store: not where that is.
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

  /// A transaction before took too long, or takes too long and does not say yet why.
  static let storeIsSlow = ErrorReply(
    .busy,
    "the store takes too long: another process is writing to it, ratings come faster than it takes them, or it does not answer",
    remedy: "Send it again in a moment, and fewer at a time.")

  fileprivate static let noTypes = ErrorReply(
    .storeAway, "the store has no ratings yet, and does not know what ids are like",
    remedy: "Import some first.")

  fileprivate static func bad(
    _ id: String, _ what: String, as type: IdentifierType
  ) -> ErrorReply {
    ErrorReply(
      .badArgument, "'\(Excerpt.of(id))' is no id of \(what)",
      remedy: type == .integer
        ? "They are 64-bit integers here."
        : "They are texts of 1 to \(identifierByteLimit) bytes here.")
  }
}
