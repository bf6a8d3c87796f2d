/// All commands, in the order in which HELP lists them.
package enum CommandTable {
  /// The most items that one answer holds.
  package static let itemCountLimit = 1000

  private static let count = Command.Argument.option(
    "COUNT", value: "n", range: 1...itemCountLimit, default: 10)

  /// The table itself: one entry for each ``Command/Name``.
  package static let all: [Command] = [
    Command(
      name: .recommend, group: .model,
      arguments: [
        .required("user"), count, .flag("WITHRATED"), .flag("NOFALLBACK"), .flag("WITHSCORES"),
        .flag("WITHDETAILS"),
      ],
      summary:
        "The items that the model ranks highest for a user, best first, without those rated "
        + "already; the most popular ones for a user it does not know.",
      complexity: "O(items x factors); O(n) when asked again", since: "0.1"),
    Command(
      name: .similar, group: .model,
      arguments: [
        .required("item"), count,
        .option("MINRATINGS", value: "n", range: 0...1_000_000_000, default: 20),
        .flag("WITHSCORES"), .flag("WITHDETAILS"),
      ],
      summary:
        "The items most like an item, best first, by the cosine of their factors; those with fewer "
        + "ratings than MINRATINGS (20) behind all others.",
      complexity: "O(items x factors); O(n) when asked again", since: "0.1"),
    Command(
      name: .predict, group: .model, arguments: [.required("user"), .required("item")],
      summary: "The rating that the model expects of a user for an item.",
      complexity: "O(factors)", since: "0.1"),
    Command(
      name: .info, group: .server, arguments: [.rest("section")],
      summary: "What is in service, since when, and what has been asked of it.",
      complexity: "O(event loops)", since: "0.1"),
    Command(
      name: .help, group: .server, arguments: [.optional("command")],
      summary: "The commands there are, or one of them in full.",
      complexity: "O(commands)", since: "0.1"),
    Command(
      name: .ping, group: .connection, arguments: [.optional("message")],
      summary: "Answers PONG, or the message.", complexity: "O(1)", since: "0.1"),
    Command(
      name: .echo, group: .connection, arguments: [.required("message")],
      summary: "Answers the message.", complexity: "O(1)", since: "0.1"),
    Command(
      name: .quit, group: .connection, arguments: [],
      summary: "Answers OK and closes the connection.", complexity: "O(1)", since: "0.1"),
    Command(
      name: .hello, group: .connection,
      arguments: [.optional("version"), .rest("SETNAME name")],
      summary: "Chooses version 2 or 3 of RESP and says who answers.",
      complexity: "O(1)", since: "0.1"),
    Command(
      name: .auth, group: .connection, arguments: [.rest("argument")],
      summary: "Is refused: the server has no passwords.", complexity: "O(1)", since: "0.1"),
    Command(
      name: .select, group: .connection, arguments: [.required("database")],
      summary: "Takes 0, the only database.", complexity: "O(1)", since: "0.1"),
    Command(
      name: .client, group: .connection, arguments: [.required("subcommand"), .rest("argument")],
      summary: "ID, SETNAME, GETNAME, SETINFO, NO-EVICT and NO-TOUCH of this connection.",
      complexity: "O(1)", since: "0.1"),
    Command(
      name: .command, group: .connection, arguments: [.optional("subcommand"), .rest("name")],
      summary: "This table as Redis describes its own: COUNT, LIST, INFO and DOCS, or all.",
      complexity: "O(commands)", since: "0.1"),
    Command(
      name: .config, group: .connection, arguments: [.required("subcommand"), .rest("name")],
      summary: "GET: the settings of Redis that have a meaning here.",
      complexity: "O(settings)", since: "0.1"),
    Command(
      name: .multi, group: .connection, arguments: [],
      summary: "Has the commands that follow wait for EXEC.", complexity: "O(1)", since: "0.1"),
    Command(
      name: .exec, group: .connection, arguments: [],
      summary:
        "Answers the commands since MULTI as one list, all by one version of the model; none of "
        + "them when one was refused.",
      complexity: "O(commands)", since: "0.1"),
    Command(
      name: .discard, group: .connection, arguments: [],
      summary: "Forgets the commands since MULTI.", complexity: "O(1)", since: "0.1"),
    Command(
      name: .watch, group: .connection, arguments: [.required("key"), .rest("key")],
      summary: "Is refused: there are no keys to watch.", complexity: "O(1)", since: "0.1"),
    Command(
      name: .unwatch, group: .connection, arguments: [],
      summary: "Answers OK: nothing is watched.", complexity: "O(1)", since: "0.1"),
  ]

  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  /// The command with the given name. O(1).
  package static func command(_ name: Command.Name) -> Command {
    guard let command = byName[name] else { preconditionFailure("\(name) is not in the table") }
    return command
  }

  /// The command whose name, in any case, is `name`; nil when there is none.
  package static func find(_ name: ArraySlice<UInt8>) -> Command? {
    ClientText.word(name).flatMap(Command.Name.init).map(command)
  }

  /// The command whose name, in any case, is `name`; throws an error that names the nearest one.
  package static func command(named name: ArraySlice<UInt8>) throws(ErrorReply) -> Command {
    if let command = find(name) { return command }
    throw .unknown(
      name, what: "command", of: Command.Name.allCases.map(\.rawValue), listing: "The commands are")
  }
}
