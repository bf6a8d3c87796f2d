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
      since: "0.1", isQueued: false,
      answer: .session { (session, _) throws(ErrorReply) in
        session.end()
        return .status("OK")
      })
  }

  static var hello: Command {
    Command(
      "HELLO", .connection, [.optional("version"), .rest("SETNAME name")],
      summary: "Chooses version 2 or 3 of RESP and says who answers.", complexity: "O(1)",
      since: "0.1",
      answer: .session { (session, arguments) throws(ErrorReply) in
        try session.hello(arguments)
      })
  }

  static var auth: Command {
    Command(
      "AUTH", .connection, [.rest("argument")],
      summary: "Is refused: the server has no passwords.", complexity: "O(1)", since: "0.1",
      answer: .session { (_, _) throws(ErrorReply) in throw .passwords })
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
  fileprivate mutating func hello(_ arguments: CommandArguments) throws(ErrorReply) -> Reply {
    var newName = name
    var place = 1
    while place < arguments.positional.count {
      let word = ProtocolWord.read(arguments.positional[place])
      guard word == "SETNAME", place + 1 < arguments.positional.count else {
        throw word == "AUTH"
          ? .passwords
          : ErrorReply(
            .badArgument, "HELLO takes SETNAME and a name behind the version",
            remedy: "Usage: \(arguments.command.usage)")
      }
      newName = try arguments.connectionName(at: place + 1)
      place += 2
    }
    switch try arguments.positional.isEmpty ? nil : arguments.text(at: 0) {
    case "2": useVersion3(false)
    case "3": useVersion3(true)
    case nil: break
    default:
      throw ErrorReply(
        .unsupportedProtocol, "unsupported protocol version", remedy: "Say HELLO 2 or HELLO 3.")
    }
    rename(newName)
    return .map([
      ReplyField("server", .text("latent")), ReplyField("version", .text(server.version)),
      ReplyField("proto", .integer(usesVersion3 ? 3 : 2)),
      ReplyField("id", .integer(identifier)), ReplyField("mode", .text("standalone")),
      ReplyField("role", .text("master")), ReplyField("modules", .list([])),
    ])
  }

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
  fileprivate func connectionName(at place: Int) throws(ErrorReply) -> String {
    guard positional[place].count <= connectionNameLimit else {
      throw ErrorReply(
        .badArgument, "the connection's name is longer than \(connectionNameLimit) bytes",
        remedy: "Choose a shorter one.")
    }
    return try text(at: place)
  }
}

extension ErrorReply {
  fileprivate static let passwords = ErrorReply(
    .unsupported, "this server has no passwords",
    remedy: "Connect without one; who may connect is decided by the address or the socket's file.")
}
