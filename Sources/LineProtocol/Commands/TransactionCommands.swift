extension Command {
  static var multi: Command {
    Command(
      "MULTI", .connection, summary: "Queues the commands that follow, for EXEC.",
      complexity: "O(1)", since: "0.1", inTransaction: .carriedOut,
      answer: .session { (session, _) throws(ErrorReply) in
        try session.beginTransaction()
        return .status("OK")
      })
  }

  static var exec: Command {
    Command(
      "EXEC", .connection,
      summary:
        "Returns the replies to the commands since MULTI as one list, all by one version of the "
        + "model; none of them if one was refused.",
      complexity: "O(commands)", since: "0.1", inTransaction: .carriedOut, answer: .transaction)
  }

  static var discard: Command {
    Command(
      "DISCARD", .connection, summary: "Discards the commands since MULTI.", complexity: "O(1)",
      since: "0.1", inTransaction: .carriedOut,
      answer: .session { (session, _) throws(ErrorReply) in
        try session.discardTransaction()
        return .status("OK")
      })
  }

  static var watch: Command {
    Command(
      "WATCH", .connection, [.required("key"), .rest("key")],
      summary: "Is refused: there are no keys to watch.", complexity: "O(1)", since: "0.1",
      inTransaction: .carriedOut,
      answer: .session { (_, _) throws(ErrorReply) in
        throw ErrorReply(
          .unsupported, "there are no keys to watch",
          remedy: "Omit WATCH: all commands of a transaction are answered by one version.")
      })
  }

  static var unwatch: Command {
    Command(
      "UNWATCH", .connection, summary: "Returns OK: nothing is watched.", complexity: "O(1)",
      since: "0.1", answer: .session { (_, _) throws(ErrorReply) in .status("OK") })
  }
}
