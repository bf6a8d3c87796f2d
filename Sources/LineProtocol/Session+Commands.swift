extension Session {
  /// HELP: a line for each command, or one command in full.
  static func help(_ arguments: CommandArguments) throws(ErrorReply) -> Reply {
    guard let name = arguments.positional.first else {
      return .list(CommandTable.all.map { .text("\($0.usage): \($0.summary)") })
    }
    let command = try CommandTable.command(named: name)
    return .map([
      ReplyField("usage", .text(command.usage)), ReplyField("summary", .text(command.summary)),
      ReplyField("complexity", .text(command.complexity)),
      ReplyField("since", .text(command.since)),
    ])
  }

  /// COMMAND and its subcommands, in the shapes of Redis 7.
  static func describeCommands(_ arguments: CommandArguments) throws(ErrorReply) -> Reply {
    guard !arguments.positional.isEmpty else {
      return .list(CommandTable.all.map(\.redisDescription))
    }
    let subcommand = try arguments.subcommand([
      "COUNT": 0...0, "LIST": 0...0, "INFO": 0...Int.max, "DOCS": 0...Int.max,
    ])
    switch subcommand {
    case "COUNT": return .integer(Int64(CommandTable.all.count))
    case "LIST": return .list(CommandTable.all.map { .text($0.name.redisName) })
    case "INFO":
      return .list(named(arguments).map { $0?.redisDescription ?? .null })
    default:
      return .map(
        named(arguments).compactMap { command in
          command.map { ReplyField($0.name.redisName, $0.redisDocumentation) }
        })
    }
  }

  /// The commands named behind the subcommand, nil for one that there is not; all when none is.
  private static func named(_ arguments: CommandArguments) -> [Command?] {
    guard arguments.positional.count > 1 else { return CommandTable.all }
    return arguments.positional.dropFirst().map { CommandTable.find($0) }
  }
}

extension Command.Name {
  /// Redis's tables have names in lower case.
  fileprivate var redisName: String { rawValue.lowercased() }
}

extension Command {
  /// Name, arity, flags, the places of keys (there are none), categories, tips, key specifications,
  /// subcommands.
  fileprivate var redisDescription: Reply {
    .list([
      .text(name.redisName), .integer(Int64(arity)),
      .list([.status("readonly"), .status("fast")]), .integer(0), .integer(0), .integer(0),
      .list([]), .list([]), .list([]), .list([]),
    ])
  }

  fileprivate var redisDocumentation: Reply {
    .map([
      ReplyField("summary", .text(summary)), ReplyField("since", .text(since)),
      ReplyField("group", .text(group.rawValue)), ReplyField("complexity", .text(complexity)),
      ReplyField("arguments", .list(arguments.map(\.redisDocumentation))),
    ])
  }
}

extension Command.Argument {
  fileprivate var redisDocumentation: Reply {
    func describe(_ name: String, _ type: String, token: String? = nil, _ flags: [String]) -> Reply
    {
      var fields = [ReplyField("name", .text(name)), ReplyField("type", .text(type))]
      if let token { fields.append(ReplyField("token", .text(token))) }
      if !flags.isEmpty { fields.append(ReplyField("flags", .list(flags.map { .status($0) }))) }
      return .map(fields)
    }
    switch self {
    case .required(let name): return describe(name, "string", [])
    case .optional(let name): return describe(name, "string", ["optional"])
    case .option(let word, let value, _, _):
      return describe(value, "integer", token: word, ["optional"])
    case .flag(let word):
      return describe(word.lowercased(), "pure-token", token: word, ["optional"])
    case .rest(let name): return describe(name, "string", ["optional", "multiple"])
    }
  }
}
