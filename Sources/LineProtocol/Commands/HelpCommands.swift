extension Command {
  /// The command HELP: a line for each command, or one command in full.
  static var help: Command {
    let name = Argument.optional("command")
    return Command(
      "HELP", .server, [name], summary: "Lists the commands, or describes one in full.",
      complexity: "O(commands)", since: "0.1",
      answer: .session { (session, arguments) throws(ErrorReply) in
        let table = session.server.commands
        guard let name = arguments.bytes(name) else {
          return .list(table.all.map { .text("\($0.usage): \($0.summary)") })
        }
        return table.all[try table.position(of: name)].help
      })
  }

  /// The command COMMAND and its subcommands, in the shapes of Redis 7.
  static var command: Command {
    Command(
      "COMMAND", .connection, [.optional("subcommand"), .rest("name")],
      summary: "The command table in the format of Redis: COUNT, LIST, INFO and DOCS, or all.",
      complexity: "O(commands)", since: "0.1",
      subcommands: [
        Subcommand("COUNT", summary: "How many commands there are."),
        Subcommand("LIST", summary: "Their names, and those of subcommands."),
        Subcommand(
          "INFO", "[name ...]", counts: 0...Int.max, summary: "Their arity, flags and categories."),
        Subcommand(
          "DOCS", "[name ...]", counts: 0...Int.max, summary: "What HELP says of them, as a map."),
      ],
      answer: .session { (session, arguments) throws(ErrorReply) in
        session.server.commands.describe(arguments)
      })
  }
}

extension CommandTable {
  /// Returns the COMMAND INFO entry of a command, or of a subcommand (`client|kill`); `nil` if there is none.
  private func description(of name: ArraySlice<UInt8>) -> Reply? {
    let parts = name.split(
      separator: UInt8(ascii: "|"), maxSplits: 1, omittingEmptySubsequences: false)
    guard let position = find(parts[0]) else { return nil }
    let command = all[position]
    guard parts.count > 1 else { return command.redisDescription }
    let word = ProtocolWord.read(parts[1])
    return command.subcommands.first { $0.name == word }.map(command.redisDescription)
  }

  fileprivate func describe(_ arguments: CommandArguments) -> Reply {
    guard let subcommand = arguments.subcommand?.name else {
      return .list(all.map(\.redisDescription))
    }
    let names = arguments.positional.dropFirst()
    // All commands if none is named; `nil` for an unknown name.
    let wanted: [CommandDescription?] =
      names.isEmpty ? all : names.map { name in find(name).map { all[$0] } }
    switch subcommand {
    case "COUNT": return .integer(Int64(all.count))
    case "LIST":
      return .list(
        all.flatMap { command in
          [.text(command.redisName)]
            + command.subcommands.map { .text(command.redisName(of: $0)) }
        })
    case "INFO":
      return .list(
        names.isEmpty ? all.map(\.redisDescription) : names.map { description(of: $0) ?? .null })
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
    .map(
      [
        ReplyField("usage", .text(usage)), ReplyField("summary", .text(summary)),
        ReplyField("complexity", .text(complexity)), ReplyField("since", .text(since)),
      ]
        + (subcommands.isEmpty
          ? []
          : [
            ReplyField(
              "subcommands",
              .list(subcommands.map { .text("\($0.usage(of: self)): \($0.summary)") }))
          ]))
  }

  /// The name in lower case, as in Redis's tables.
  fileprivate var redisName: String { name.lowercased() }

  /// Returns the name of a subcommand in Redis's tables.
  fileprivate func redisName(of subcommand: Subcommand) -> String {
    "\(redisName)|\(subcommand.name.lowercased())"
  }

  /// The name, arity, flags, positions of keys (there are none), categories, tips, key specifications, subcommands.
  fileprivate var redisDescription: Reply {
    Self.redisDescription(
      redisName, arity, role, group,
      subcommands.map(redisDescription))
  }

  /// Returns the same for a subcommand.
  fileprivate func redisDescription(_ subcommand: Subcommand) -> Reply {
    let counts = subcommand.argumentCounts
    let least = counts.lowerBound + 2
    return Self.redisDescription(
      redisName(of: subcommand), counts.lowerBound == counts.upperBound ? least : -least,
      subcommand.role ?? role, group, [])
  }

  private static func redisDescription(
    _ name: String, _ arity: Int, _ role: Role?, _ group: Group, _ subcommands: [Reply]
  ) -> Reply {
    let flags =
      switch (role, group) {
      case (.admin?, _): ["admin"]
      case (_, .pubsub): ["pubsub"]
      case (_, .ratings): ["write"]
      case (nil, _): ["no_auth", "fast"]
      case (.read?, _), (.write?, _): ["readonly", "fast"]
      }
    let categories =
      switch (role, group) {
      case (.admin?, _): ["@admin", "@dangerous"]
      case (_, .pubsub): ["@pubsub"]
      case (_, .ratings): ["@write"]
      case (_, .model): ["@read"]
      case (_, .server), (_, .connection): ["@connection"]
      }
    return .list([
      .text(name), .integer(Int64(arity)), .list(flags.map { .status($0) }), .integer(0),
      .integer(0), .integer(0), .list(categories.map { .status($0) }), .list([]), .list([]),
      .list(subcommands),
    ])
  }

  fileprivate var redisDocumentation: Reply {
    var fields = [
      ReplyField("summary", .text(summary)), ReplyField("since", .text(since)),
      ReplyField("group", .text(group.rawValue)), ReplyField("complexity", .text(complexity)),
    ]
    guard !subcommands.isEmpty else {
      return .map(fields + [ReplyField("arguments", .list(arguments.map(\.documentation)))])
    }
    fields.append(
      ReplyField(
        "subcommands",
        .map(
          subcommands.map { subcommand in
            ReplyField(
              redisName(of: subcommand),
              .map([
                ReplyField("summary", .text(subcommand.summary)),
                ReplyField("since", .text(since)), ReplyField("group", .text(group.rawValue)),
                ReplyField("complexity", .text(complexity)),
              ]))
          })))
    return .map(fields)
  }
}
