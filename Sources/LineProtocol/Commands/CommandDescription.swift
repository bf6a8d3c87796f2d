/// What there is to know of a command. Everything that speaks of commands draws on this: HELP, COMMAND,
/// the check of arguments, PROTOCOL.md's listing.
package struct CommandDescription: Sendable, Equatable {
  /// What a command is about.
  package enum Group: String, Sendable {
    /// Asks the model in service.
    case model
    /// Writes ratings to the store.
    case ratings
    /// Asks about the server.
    case server
    /// Has a connection told of what happens, without asking again.
    case pubsub
    /// Concerns this connection; mostly for Redis client libraries.
    case connection
  }

  /// The name on the wire, in upper case; it is read in any case.
  package let name: String
  package let group: Group
  package let arguments: [Argument]
  /// What the command does, in one sentence.
  package let summary: String
  /// The time that an answer takes, in the sizes of the model.
  package let complexity: String
  /// The version of Latent that first had it.
  package let since: String
  /// What a client must be for it; nil for what everybody may, before AUTH, too.
  package let role: Role?
  /// Whether a request brings data along, such as an image, and may be as long as that: see ``RequestLimits/dataBytes``.
  package let takesData: Bool
  /// Its subcommands; none where its first argument is no such word.
  package let subcommands: [Subcommand]
  /// Whether a connection may say it that is told of what happens in version 2 of RESP, where a reply could be taken for a message.
  package let isAllowedWhileSubscribed: Bool
}

extension CommandDescription {
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

  /// Redis's arity: the number of arguments with the name, or less than 0 when that is the least.
  package var arity: Int {
    let counts = argumentCounts
    return counts.least == counts.most ? counts.least : -counts.least
  }

  /// How the command is written: `RECOMMEND user [COUNT n] [WITHRATED]`.
  package var usage: String { ([name] + arguments.map(\.usage)).joined(separator: " ") }
}
