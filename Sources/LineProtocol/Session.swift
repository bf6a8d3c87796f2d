/// What one connection has told the server about itself, and the commands that concern nothing else.
package struct Session: Sendable {
  /// What all connections of a server have in common.
  package struct Server: Sendable {
    /// The version of Latent.
    package let version: String
    /// The settings that CONFIG GET knows, under the names that Redis has for them.
    package let settings: [ReplyField]
    /// The most memory of the commands between MULTI and EXEC.
    package let transactionBytes: Int

    package init(
      version: String, settings: [ReplyField],
      transactionBytes: Int = RequestLimits().transactionBytes
    ) {
      self.version = version
      self.settings = settings
      self.transactionBytes = transactionBytes
    }
  }

  /// The connection's number, which no other connection to this server has had.
  package let identifier: Int64
  /// Whether HELLO 3 was said.
  package private(set) var usesVersion3 = false
  /// Whether QUIT was said.
  package private(set) var isOver = false
  /// What is queued for EXEC; nil unless MULTI was said.
  package internal(set) var transaction: Transaction?
  /// The connection's name, as its client gave it; empty when it gave none.
  package private(set) var name = ""
  let server: Server

  package init(identifier: Int64, server: Server) {
    self.identifier = identifier
    self.server = server
  }

  /// How a request of the given form is answered.
  package func replyForm(for form: Request.Form) -> ReplyForm {
    switch form {
    case .line: .json
    case .array: usesVersion3 ? .resp3 : .resp2
    }
  }

  /// Answers a command that concerns the connection alone, or the table of commands; nil for one
  /// that concerns the model or the server, and for EXEC, of which ``takeTransaction()`` tells.
  package mutating func answer(_ arguments: CommandArguments) throws(ErrorReply) -> Reply? {
    switch arguments.command.name {
    case .recommend, .similar, .predict, .info, .exec: return nil
    case .help: return try Self.help(arguments)
    case .ping: return arguments.positional.first.map { .bytes(Array($0)) } ?? .status("PONG")
    case .echo: return .bytes(Array(arguments.positional[0]))
    case .quit:
      isOver = true
      return .status("OK")
    case .hello: return try hello(arguments)
    case .auth: throw .passwords
    case .select: return try Self.select(arguments)
    case .client: return try client(arguments)
    case .command: return try Self.describeCommands(arguments)
    case .config: return try config(arguments)
    case .multi: return try beginTransaction()
    case .discard: return try discard()
    case .watch: throw .nothingToWatch
    case .unwatch: return .status("OK")
    }
  }

  private mutating func hello(_ arguments: CommandArguments) throws(ErrorReply) -> Reply {
    var newName = name
    var position = 1
    while position < arguments.positional.count {
      let word = ClientText.word(arguments.positional[position])
      guard word == "SETNAME", position + 1 < arguments.positional.count else {
        throw word == "AUTH"
          ? .passwords
          : ErrorReply(
            .badArgument, "HELLO takes SETNAME and a name behind the version",
            remedy: "Usage: HELLO [2|3] [SETNAME name]")
      }
      newName = try Self.connectionName(arguments, at: position + 1)
      position += 2
    }
    switch try arguments.positional.isEmpty ? nil : arguments.text(0) {
    case "2": usesVersion3 = false
    case "3": usesVersion3 = true
    case nil: break
    default:
      throw ErrorReply(
        .unsupportedProtocol, "unsupported protocol version", remedy: "Say HELLO 2 or HELLO 3.")
    }
    name = newName
    return .map([
      ReplyField("server", .text("latent")), ReplyField("version", .text(server.version)),
      ReplyField("proto", .integer(usesVersion3 ? 3 : 2)),
      ReplyField("id", .integer(identifier)), ReplyField("mode", .text("standalone")),
      ReplyField("role", .text("master")), ReplyField("modules", .list([])),
    ])
  }

  private mutating func client(_ arguments: CommandArguments) throws(ErrorReply) -> Reply {
    let subcommand = try arguments.subcommand([
      "ID": 0...0, "SETNAME": 1...1, "GETNAME": 0...0, "SETINFO": 2...2, "NO-EVICT": 1...1,
      "NO-TOUCH": 1...1,
    ])
    switch subcommand {
    case "ID": return .integer(identifier)
    case "GETNAME": return name.isEmpty ? .null : .text(name)
    case "SETNAME":
      name = try Self.connectionName(arguments, at: 1)
      return .status("OK")
    default: return .status("OK")
    }
  }

  /// The longest name of a connection, in bytes.
  private static let nameLimit = 128

  private static func connectionName(
    _ arguments: CommandArguments, at position: Int
  ) throws(ErrorReply) -> String {
    guard arguments.positional[position].count <= nameLimit else {
      throw ErrorReply(
        .badArgument, "the connection's name is longer than \(nameLimit) bytes",
        remedy: "Choose a shorter one.")
    }
    return try arguments.text(position)
  }

  private static func select(_ arguments: CommandArguments) throws(ErrorReply) -> Reply {
    guard try arguments.text(0) == "0" else {
      throw ErrorReply(.unsupported, "there is no database but 0", remedy: "Say SELECT 0.")
    }
    return .status("OK")
  }

  private func config(_ arguments: CommandArguments) throws(ErrorReply) -> Reply {
    _ = try arguments.subcommand(["GET": 1...Int.max])
    let names = Set(arguments.positional.dropFirst().compactMap(ClientText.word))
    return .map(
      server.settings.filter { names.contains("*") || names.contains($0.name.uppercased()) })
  }
}

extension CommandArguments {
  /// The subcommand in upper case, one of those that `counts` gives with the numbers of arguments
  /// behind each.
  func subcommand(_ counts: [String: ClosedRange<Int>]) throws(ErrorReply) -> String {
    guard let name = ClientText.word(positional[0]), let allowed = counts[name] else {
      throw .unknown(
        positional[0], what: "subcommand of \(command.name.rawValue)", of: counts.keys.sorted(),
        listing: "\(command.name.rawValue) takes")
    }
    guard allowed.contains(positional.count - 1) else {
      throw ErrorReply(
        .wrongArgumentCount,
        "wrong number of arguments for \(command.name.rawValue) \(name)",
        remedy: "Usage: \(command.usage)")
    }
    return name
  }
}

extension ErrorReply {
  fileprivate static let passwords = ErrorReply(
    .unsupported, "this server has no passwords",
    remedy: "Connect without one; who may connect is decided by the address or the socket's file.")
}
