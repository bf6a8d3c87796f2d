extension Command {
  static var ping: Command {
    let message = Argument.optional("message")
    return Command(
      "PING", .connection, [message], summary: "Returns PONG, or the message.",
      complexity: "O(1)", since: "0.1", isAllowedWhileSubscribed: true,
      answer: .session { (session, arguments) throws(ErrorReply) in
        let given = arguments.bytes(message).map(Array.init)
        // Where messages also arrive, it is written like one.
        if session.isRestricted { return .list([.text("pong"), .bytes(given ?? [])]) }
        return given.map { .bytes($0) } ?? .status("PONG")
      })
  }

  static var echo: Command {
    let message = Argument.required("message")
    return Command(
      "ECHO", .connection, [message], summary: "Returns the message.", complexity: "O(1)",
      since: "0.1",
      answer: .session { (_, arguments) throws(ErrorReply) in
        .bytes(Array(arguments.bytes(message) ?? []))
      })
  }

  static var quit: Command {
    Command(
      "QUIT", .connection, summary: "Returns OK and closes the connection.", complexity: "O(1)",
      since: "0.1", isOpen: true, inTransaction: .carriedOut, isAllowedWhileSubscribed: true,
      answer: .session { (session, _) throws(ErrorReply) in
        session.end()
        return .status("OK")
      })
  }

  static var select: Command {
    let database = Argument.required("database")
    return Command(
      "SELECT", .connection, [database], summary: "Takes 0, the only database.",
      complexity: "O(1)", since: "0.1",
      answer: .session { (_, arguments) throws(ErrorReply) in
        guard try arguments.text(database) == "0" else {
          throw ErrorReply(.unsupported, "there is no database but 0", remedy: "Send SELECT 0.")
        }
        return .status("OK")
      })
  }
}

/// The maximum length of a connection's name in bytes.
private let connectionNameLimit = 128

extension CommandArguments {
  /// Returns the argument at `place` as the name of a connection, or of its client library; throws if it is too long,
  /// or has characters that do not fit in one word of a line.
  package func connectionName(at place: Int) throws(ErrorReply) -> String {
    guard positional[place].allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw ErrorReply(
        .badArgument, "Client names cannot contain spaces, newlines or special characters",
        remedy: "Choose one of printable ASCII.")
    }
    guard positional[place].count <= connectionNameLimit else {
      throw ErrorReply(
        .badArgument, "the connection's name is longer than \(connectionNameLimit) bytes",
        remedy: "Choose a shorter one.")
    }
    return try text(at: place)
  }
}
