extension Command {
  /// HELP: a line for each command, or one command in full.
  static var help: Command {
    let name = Argument.optional("command")
    return Command(
      "HELP", .server, [name], summary: "The commands there are, or one of them in full.",
      complexity: "O(commands)", since: "0.1",
      answer: .session { (session, arguments) throws(ErrorReply) in
        let table = session.server.commands
        guard let name = arguments.bytes(name) else {
          return .list(table.all.map { .text("\($0.usage): \($0.summary)") })
        }
        return table.all[try table.position(of: name)].help
      })
  }

  /// COMMAND and its subcommands, in the shapes of Redis 7.
  static var command: Command {
    Command(
      "COMMAND", .connection, [.optional("subcommand"), .rest("name")],
      summary: "This table as Redis describes its own: COUNT, LIST, INFO and DOCS, or all.",
      complexity: "O(commands)", since: "0.1",
      answer: .session { (session, arguments) throws(ErrorReply) in
        try session.server.commands.describe(arguments)
      })
  }
}

extension CommandTable {
  fileprivate func describe(_ arguments: CommandArguments) throws(ErrorReply) -> Reply {
    guard !arguments.positional.isEmpty else { return .list(all.map(\.redisDescription)) }
    let subcommand = try arguments.subcommand([
      "COUNT": 0...0, "LIST": 0...0, "INFO": 0...Int.max, "DOCS": 0...Int.max,
    ])
    let names = arguments.positional.dropFirst()
    // All commands where none is named; nil for a name that there is not.
    let wanted: [CommandDescription?] =
      names.isEmpty ? all : names.map { name in find(name).map { all[$0] } }
    switch subcommand {
    case "COUNT": return .integer(Int64(all.count))
    case "LIST": return .list(all.map { .text($0.redisName) })
    case "INFO": return .list(wanted.map { $0?.redisDescription ?? .null })
    default:
      var described: Set<String> = []
      return .map(
        wanted.compactMap { command in
          guard let command, described.insert(command.name).inserted else { return nil }
          return ReplyField(command.redisName, command.redisDocumentation)
        })
    }
  }
}

extension CommandDescription {
  fileprivate var help: Reply {
    .map([
      ReplyField("usage", .text(usage)), ReplyField("summary", .text(summary)),
      ReplyField("complexity", .text(complexity)), ReplyField("since", .text(since)),
    ])
  }

  /// Redis's tables have names in lower case.
  fileprivate var redisName: String { name.lowercased() }

  /// Name, arity, flags, the places of keys (there are none), categories, tips, key specifications,
  /// subcommands.
  fileprivate var redisDescription: Reply {
    .list([
      .text(redisName), .integer(Int64(arity)),
      .list([.status("readonly"), .status("fast")]), .integer(0), .integer(0), .integer(0),
      .list([]), .list([]), .list([]), .list([]),
    ])
  }

  fileprivate var redisDocumentation: Reply {
    .map([
      ReplyField("summary", .text(summary)), ReplyField("since", .text(since)),
      ReplyField("group", .text(group.rawValue)), ReplyField("complexity", .text(complexity)),
      ReplyField("arguments", .list(arguments.map(\.documentation))),
    ])
  }
}
