extension Command {
  static var ping: Command {
    let message = Argument.optional("message")
    return Command(
      "PING", .connection, [message], summary: "Returns PONG, or the message.",
      complexity: "O(1)", since: "0.1",
      answer: .session { (_, arguments) throws(ErrorReply) in
        arguments.bytes(message).map { .bytes(Array($0)) } ?? .status("PONG")
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
      since: "0.1", isOpen: true, isQueued: false,
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
          throw ErrorReply(.unsupported, "there is no database but 0", remedy: "Say SELECT 0.")
        }
        return .status("OK")
      })
  }

  static var client: Command {
    Command(
      "CLIENT", .connection, [.required("subcommand"), .rest("argument")],
      summary: "ID, SETNAME, GETNAME, SETINFO, NO-EVICT and NO-TOUCH of this connection.",
      complexity: "O(1)", since: "0.1",
      answer: .session { (session, arguments) throws(ErrorReply) in
        try session.client(arguments)
      })
  }

  static var config: Command {
    let names = Argument.rest("name")
    return Command(
      "CONFIG", .connection, [.required("subcommand"), names],
      summary: "GET: the settings of Redis that have a meaning here.", complexity: "O(settings)",
      since: "0.1",
      answer: .session { (session, arguments) throws(ErrorReply) in
        _ = try arguments.subcommand(["GET": 1...Int.max])
        let wanted = Set(arguments.rest(names).compactMap(ProtocolWord.read))
        return .map(
          session.server.settings.filter {
            wanted.contains("*") || wanted.contains($0.name.uppercased())
          })
      })
  }
}

extension Session {
  fileprivate mutating func client(_ arguments: CommandArguments) throws(ErrorReply) -> Reply {
    let subcommand = try arguments.subcommand([
      "ID": 0...0, "SETNAME": 1...1, "GETNAME": 0...0, "SETINFO": 2...2, "NO-EVICT": 1...1,
      "NO-TOUCH": 1...1,
    ])
    switch subcommand {
    case "ID": return .integer(identifier)
    case "GETNAME": return name.isEmpty ? .null : .text(name)
    case "SETNAME":
      rename(try arguments.connectionName(at: 1))
      return .status("OK")
    default: return .status("OK")
    }
  }
}

/// The longest name of a connection, in bytes.
private let connectionNameLimit = 128

extension CommandArguments {
  /// The name of a connection at `place`; throws when it is too long, or no text.
  func connectionName(at place: Int) throws(ErrorReply) -> String {
    guard positional[place].count <= connectionNameLimit else {
      throw ErrorReply(
        .badArgument, "the connection's name is longer than \(connectionNameLimit) bytes",
        remedy: "Choose a shorter one.")
    }
    return try text(at: place)
  }
}
