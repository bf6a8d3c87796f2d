/// One command as the table describes it. Everything that speaks of commands draws on this: HELP,
/// COMMAND, the check of arguments, PROTOCOL.md's listing.
package struct Command: Sendable, Equatable {
  /// The commands there are; the text is the name on the wire, which is read in any case.
  package enum Name: String, Sendable, CaseIterable {
    case recommend = "RECOMMEND"
    case similar = "SIMILAR"
    case predict = "PREDICT"
    case info = "INFO"
    case help = "HELP"
    case ping = "PING"
    case echo = "ECHO"
    case quit = "QUIT"
    case hello = "HELLO"
    case auth = "AUTH"
    case select = "SELECT"
    case client = "CLIENT"
    case command = "COMMAND"
    case config = "CONFIG"
    case multi = "MULTI"
    case exec = "EXEC"
    case discard = "DISCARD"
    case watch = "WATCH"
    case unwatch = "UNWATCH"
  }

  /// What a command is about.
  package enum Group: String, Sendable {
    /// Asks the model; the answer depends on the model in service and the arguments alone.
    case model
    /// Asks about the server.
    case server
    /// Concerns this connection; mostly for Redis client libraries.
    case connection
  }

  /// A place for one or more arguments.
  package enum Argument: Sendable, Equatable {
    /// One argument that must be there.
    case required(String)
    /// One argument that may be left out.
    case optional(String)
    /// A word and a whole number behind it, which may be left out, both anywhere behind the
    /// required arguments.
    case option(String, value: String, range: ClosedRange<Int>, default: Int)
    /// A word that may stand anywhere behind the required arguments.
    case flag(String)
    /// Any number of further arguments.
    case rest(String)
  }

  package let name: Name
  package let group: Group
  package let arguments: [Argument]
  /// What the command does, in one sentence.
  package let summary: String
  /// The time that an answer takes, in the sizes of the model.
  package let complexity: String
  /// The version of Latent that first had it.
  package let since: String
}

extension Command {
  /// Whether the command waits for EXEC when it comes behind MULTI, rather than being carried out at
  /// once.
  package var isQueued: Bool {
    switch name {
    case .multi, .exec, .discard, .watch, .quit: false
    default: true
    }
  }

  /// The numbers of arguments that the command takes, its name among them; nil at the upper end
  /// when there is no bound.
  package var argumentCounts: (least: Int, most: Int?) {
    var least = 1
    var most: Int? = 1
    for argument in arguments {
      switch argument {
      case .required:
        least += 1
        most = most.map { $0 + 1 }
      case .optional, .flag: most = most.map { $0 + 1 }
      case .option: most = most.map { $0 + 2 }
      case .rest: most = nil
      }
    }
    return (least, most)
  }

  /// Redis's arity: the number of arguments with the name, or less than 0 when that is the least.
  package var arity: Int {
    let counts = argumentCounts
    return counts.least == counts.most ? counts.least : -counts.least
  }

  /// How the command is written: `RECOMMEND user [COUNT n] [WITHRATED]`.
  package var usage: String {
    ([name.rawValue] + arguments.map(\.usage)).joined(separator: " ")
  }
}

extension Command.Argument {
  /// How the argument stands in a usage line.
  package var usage: String {
    switch self {
    case .required(let name): name
    case .optional(let name): "[\(name)]"
    case .option(let word, let value, _, _): "[\(word) \(value)]"
    case .flag(let word): "[\(word)]"
    case .rest(let name): "[\(name) ...]"
    }
  }
}
