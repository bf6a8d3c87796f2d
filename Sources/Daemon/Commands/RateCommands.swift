import Errors
import LineProtocol
import Ratings

/// Commands that write ratings. Each is answered once its ratings are durable.
extension DaemonCommand {
  static var rate: DaemonCommand {
    let (item, value) = (Argument.required("item"), Argument.required("value"))
    return DaemonCommand(
      "RATE", .ratings, [.user, item, value, .at],
      summary:
        "Stores a user's rating of an item, replacing one that is not newer.",
      complexity: "O(log ratings)", since: "0.1",
      answer: .writing { (arguments) throws(ErrorReply) in
        [try row(arguments.text(.user), arguments.text(item), arguments.text(value))]
      } reply: { (written) throws(ErrorReply) in
        try written[0].get()
      })
  }

  static var unrate: DaemonCommand {
    let item = Argument.required("item")
    return DaemonCommand(
      "UNRATE", .ratings, [.user, item],
      summary: "Deletes a user's rating of an item.", complexity: "O(log ratings)", since: "0.1",
      answer: .writing { (arguments) throws(ErrorReply) in
        [
          ReceivedRatings.Row(
            user: try arguments.text(.user), item: try arguments.text(item), value: nil)
        ]
      } reply: { (written) throws(ErrorReply) in
        try written[0].get()
      })
  }

  static var rateMany: DaemonCommand {
    let ratings = Argument.countedTuples(["user", "item", "value"])
    return DaemonCommand(
      "MRATE", .ratings, [ratings, .at],
      summary: "Does what RATE does for n ratings at once; returns the outcome of each.",
      complexity: "O(n x log ratings)", since: "0.1",
      answer: .writing { (arguments) throws(ErrorReply) in
        try arguments.tuples(ratings).map { tuple throws(ErrorReply) in
          try row(tuple[0], tuple[1], tuple[2])
        }
      } reply: { written in
        .list(
          written.map { row in
            switch row {
            case .success(let reply): reply
            case .failure(let error): .error(error)
            }
          })
      })
  }
}

extension DaemonCommand.Answer {
  /// Returns an answer that writes the `rows` of the arguments to the store, and replies by their results.
  fileprivate static func writing(
    _ rows: @escaping @Sendable (CommandArguments) throws(ErrorReply) -> [ReceivedRatings.Row],
    reply: @escaping @Sendable ([Result<Reply, ErrorReply>]) throws(ErrorReply) -> Reply
  ) -> DaemonCommand.Answer {
    .deferring { (server, arguments) throws(ErrorReply) in
      guard let ratings = server.models.ratings else {
        throw ErrorReply(
          .unsupported, "this server keeps no ratings",
          remedy: "It must be started with a ratings store.")
      }
      let (rows, time) = (try rows(arguments), try arguments.time())
      return .elsewhere { done in
        ratings.write(rows, at: time) { written in
          done(
            written.flatMap { written in Result { () throws(ErrorReply) in try reply(written) } })
        }
      }
    }
  }
}

/// Returns a rating as it was sent. Throws unless `value` is a number.
private func row(
  _ user: String, _ item: String, _ value: String
) throws(ErrorReply) -> ReceivedRatings.Row {
  guard let number = Float(decimal: value) else {
    throw ErrorReply(
      .badArgument, "'\(Excerpt.of(value))' is not a rating", remedy: "Give a number such as 4.")
  }
  return ReceivedRatings.Row(user: user, item: item, value: number)
}

extension Argument {
  /// The user whose ratings a command uses or writes.
  static let user = Argument.required("user")
  /// When the ratings were left.
  fileprivate static let at = Argument.text("AT", value: "time")
}

extension CommandArguments {
  /// Returns when the ratings were left: now, unless stated.
  fileprivate func time() throws(ErrorReply) -> Timestamp {
    guard command.arguments.contains(.at), let text = try optionalText(.at) else { return .now }
    let microseconds =
      Int64(text).map { Timestamp.microseconds(sinceEpoch: $0) }
      ?? Double(decimal: text).map { Timestamp.microseconds(sinceEpoch: $0) }
    guard let microseconds = microseconds ?? nil else {
      throw ErrorReply(
        .badArgument, "'\(Excerpt.of(text))' is not a time",
        remedy: "Give seconds since 1970, or milliseconds, or microseconds.")
    }
    // A later rating without AT would lose to one with such a time until then.
    guard microseconds <= Timestamp.now.microseconds + 86_400_000_000 else {
      throw ErrorReply(
        .badArgument, "'\(Excerpt.of(text))' is more than a day in the future",
        remedy: "Give seconds since 1970, or milliseconds, or microseconds.")
    }
    return Timestamp(microseconds: microseconds)
  }
}
