/// The description of a command. It is the source for everything about commands: HELP, COMMAND, the check of arguments,
/// PROTOCOL.md's listing.
package struct CommandDescription: Sendable, Equatable {
  /// The subject of a command.
  package enum Group: String, Sendable {
    /// Asks the model in service.
    case model
    /// Writes ratings to the store.
    case ratings
    /// Asks about the server.
    case server
    /// Notifies a connection of events, without being asked again.
    case pubsub
    /// Concerns this connection; mostly for Redis client libraries.
    case connection
  }

  /// The name on the wire, in upper case; parsing ignores case.
  package let name: String
  package let group: Group
  package let arguments: [Argument]
  /// What the command does, in one sentence.
  package let summary: String
  /// The time complexity of an answer, in the sizes of the model.
  package let complexity: String
  /// The version of Latent that first had it.
  package let since: String
  /// The role a client needs; `nil` for what everybody may do, even before AUTH.
  package let role: Role?
  /// Whether a request contains data, such as an image, and may be as long as that: see ``RequestLimits/dataBytes``.
  package let takesData: Bool
  /// The subcommands; empty if the first argument is not such a word.
  package let subcommands: [Subcommand]
  /// Whether a connection with subscriptions may use it in version 2 of RESP, where a reply could be taken for a
  /// message.
  package let isAllowedWhileSubscribed: Bool
}

extension CommandDescription {
  /// The numbers of arguments that the command takes, including its name; `nil` at the upper end if there is no bound.
  package var argumentCounts: (least: Int, most: Int?) {
    var least = 1
    var most: Int? = 1
    for argument in arguments {
      switch argument {
      case .required:
        least += 1
        most = most.map { $0 + 1 }
      case .counted:
        least += 2
        most = nil
      case .choice:
        least += 2
        most = most.map { $0 + 2 }
      case .countedTuples(let names):
        least += 1 + names.count
        most = nil
      case .optional, .flag: most = most.map { $0 + 1 }
      case .number, .text: most = most.map { $0 + 2 }
      case .rest, .repeated, .list: most = nil
      }
    }
    return (least, most)
  }

  /// Redis's arity: the number of arguments including the name, negative if that is the minimum.
  package var arity: Int {
    let counts = argumentCounts
    return counts.least == counts.most ? counts.least : -counts.least
  }

  /// The command in a usage line: `RECOMMEND user [COUNT n] [WITHRATED]`.
  package var usage: String { ([name] + arguments.map(\.usage)).joined(separator: " ") }
}
