/// Commands that log a connection in, or are about that.
extension Command {
  static var auth: Command {
    let password = Argument.required("password")
    return Command(
      "AUTH", .connection, [.optional("user"), password],
      summary: "Logs in as a user, or as \(Credentials.usualUser), with a password.",
      complexity: "O(1); some tenths of a second, unless verified recently", since: "0.1",
      isOpen: true,
      answer: .login { (session, arguments) throws(ErrorReply) in
        guard session.server.hasUsers else { throw .passwords }
        let given = arguments.positional
        return LoginRequest(Credentials(user: given.count > 1 ? given[0] : nil, given.last)) {
          _ in .status("OK")
        }
      })
  }

  static var hello: Command {
    Command(
      "HELLO", .connection, [.optional("version"), .rest("AUTH user password, SETNAME name")],
      summary: "Selects version 2 or 3 of RESP, can log in, and describes the server.",
      complexity: "O(1); with AUTH that of AUTH", since: "0.1", isOpen: true,
      answer: .login { (session, arguments) throws(ErrorReply) in
        let greeting = try session.greeting(of: arguments)
        return LoginRequest(greeting.credentials) { session in session.greet(greeting) }
      })
  }

  static var acl: Command {
    Command(
      "ACL", .connection, [.required("subcommand")],
      summary: "WHOAMI: the user of this connection.", complexity: "O(1)", since: "0.1",
      subcommands: [Subcommand("WHOAMI", summary: "The user of this connection.")],
      answer: .session { (session, _) throws(ErrorReply) in
        .text(session.login?.user ?? Credentials.usualUser)
      })
  }

  static var reset: Command {
    Command(
      "RESET", .connection,
      summary: "Resets the connection to its initial state, logged out.",
      complexity: "O(1)", since: "0.1", isOpen: true, inTransaction: .carriedOut,
      isAllowedWhileSubscribed: true,
      answer: .session { (session, _) throws(ErrorReply) in
        session.reset()
        return .status("RESET")
      })
  }
}

/// The parsed arguments of HELLO.
private struct Greeting: Sendable {
  /// Whether arrays are answered in version 3; `nil` to leave that unchanged.
  var usesVersion3: Bool?
  var name: String?
  var credentials: Credentials?
}

extension Session {
  fileprivate func greeting(of arguments: CommandArguments) throws(ErrorReply) -> Greeting {
    var greeting = Greeting()
    var rest = arguments.positional.dropFirst()
    while let word = rest.popFirst() {
      switch ProtocolWord.read(word) {
      case "SETNAME" where rest.count >= 1:
        greeting.name = try arguments.connectionName(at: rest.startIndex)
        rest = rest.dropFirst()
      case "AUTH" where rest.count >= 2:
        guard server.hasUsers else { throw .passwords }
        greeting.credentials = Credentials(user: rest.first, rest.dropFirst().first)
        rest = rest.dropFirst(2)
      default:
        throw ErrorReply(
          .badArgument,
          "HELLO takes AUTH with a user and a password, and SETNAME with a name, after the version",
          remedy: "Usage: \(arguments.command.usage)")
      }
    }
    guard isAdmitted || greeting.credentials != nil else { throw .helloWithoutPassword }
    switch try arguments.positional.isEmpty ? nil : arguments.text(at: 0) {
    case "2": greeting.usesVersion3 = false
    case "3": greeting.usesVersion3 = true
    case nil: break
    default:
      throw ErrorReply(
        .unsupportedProtocol, "unsupported protocol version", remedy: "Send HELLO 2 or HELLO 3.")
    }
    return greeting
  }

  fileprivate mutating func greet(_ greeting: Greeting) -> Reply {
    if let version3 = greeting.usesVersion3 { useVersion3(version3) }
    if let name = greeting.name { rename(name) }
    return .map([
      ReplyField("server", .text("latent")), ReplyField("version", .text(server.version)),
      ReplyField("proto", .integer(usesVersion3 ? 3 : 2)),
      ReplyField("id", .integer(identifier)), ReplyField("mode", .text("standalone")),
      ReplyField("role", .text("master")), ReplyField("modules", .list([])),
    ])
  }
}

extension Credentials {
  /// Creates the credentials given by a client; without a name, they are for the default user.
  fileprivate init(user: ArraySlice<UInt8>?, _ password: ArraySlice<UInt8>?) {
    self.init(
      user: user.map { String(decoding: $0, as: UTF8.self) } ?? Self.usualUser,
      password: Array(password ?? []))
  }
}

extension ErrorReply {
  fileprivate static let passwords = ErrorReply(
    .unsupported, "this server uses no passwords",
    remedy: "Connect without one; the address or the socket's permissions control access.")
}
