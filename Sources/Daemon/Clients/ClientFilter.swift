import Errors
import LineProtocol
import NIOCore

/// The clients that CLIENT LIST shows or CLIENT KILL disconnects: those that match every condition.
struct ClientFilter: Sendable {
  /// The wanted numbers; `nil` for any.
  private var identifiers: Set<Int64>?
  private var address: String?
  private var localAddress: String?
  private(set) var user: String?
  private var type: String?
  /// The minimum age in seconds.
  private var leastAge: Int64?
  /// Whether the asking client is left out.
  private(set) var skipsAsking = true

  /// Creates a filter that matches every client.
  init() {}

  /// Creates a filter that matches the client with the number `identifier`.
  init(identifier: Int64) { identifiers = [identifier] }

  /// Creates a filter that matches the client at `address`, which may be the asking one.
  init(address: String) {
    self.address = address
    skipsAsking = false
  }

  /// Parses the pairs behind the subcommand of CLIENT LIST or CLIENT KILL. With LIST, `ID` takes all that follows.
  init(_ arguments: CommandArguments) throws(ErrorReply) {
    let takesSeveral = arguments.subcommand?.name == "LIST"
    var place = 1
    while place < arguments.positional.count {
      let word = ProtocolWord.read(arguments.positional[place]) ?? ""
      guard place + 1 < arguments.positional.count else { throw .badFilter(arguments) }
      let value = try arguments.text(at: place + 1)
      switch (word, takesSeveral) {
      case ("ID", true):
        identifiers = []
        for place in (place + 1)..<arguments.positional.count {
          guard let number = Int64(try arguments.text(at: place)), number > 0 else {
            throw .badIdentifier
          }
          identifiers?.insert(number)
        }
        return
      case ("ID", false):
        guard let number = Int64(value), number > 0 else { throw .badIdentifier }
        identifiers = [number]
      case ("TYPE", _):
        let word = value.lowercased()
        guard ["normal", "pubsub", "master", "replica", "slave"].contains(word) else {
          throw ErrorReply(
            .badArgument, "Unknown client type '\(Excerpt.of(value))'",
            remedy: "The types are normal and pubsub.")
        }
        type = word
      case ("ADDR", false): address = value
      case ("LADDR", false): localAddress = value
      case ("USER", false): user = value
      case ("MAXAGE", false):
        guard let age = Int64(value), age > 0 else { throw .badFilter(arguments) }
        leastAge = age
      case ("SKIPME", false):
        switch value.lowercased() {
        case "yes": skipsAsking = true
        case "no": skipsAsking = false
        default: throw .badFilter(arguments)
        }
      default: throw .badFilter(arguments)
      }
      place += 2
    }
  }

  /// Returns the record of the client at `connection` if it matches all conditions, else `nil`; must be called on its
  /// event loop. Does not check whether it is the asking client.
  func record(of connection: ConnectionHandler) -> ClientRecord? {
    // Cheap conditions go first: a record consists of a dozen strings.
    guard connection.isServed,
      identifiers?.contains(connection.conversation.identifier) ?? true
    else { return nil }
    let record = connection.record
    return fits(record) ? record : nil
  }

  /// Returns whether `client` matches all conditions but the number.
  private func fits(_ client: ClientRecord) -> Bool {
    address.map { $0 == client.address } ?? true
      && localAddress.map { $0 == client.localAddress } ?? true
      && user.map { $0 == client.user } ?? true && type.map { $0 == client.type } ?? true
      && leastAge.map { client.age >= .seconds($0) } ?? true
  }
}

extension ErrorReply {
  fileprivate static let badIdentifier = ErrorReply(
    .badArgument, "client-id should be greater than 0", remedy: "CLIENT LIST shows it as id.")

  fileprivate static func badFilter(_ arguments: CommandArguments) -> ErrorReply {
    ErrorReply(
      .badArgument, "syntax error",
      remedy: arguments.subcommand.map { "Usage: \($0.usage(of: arguments.command))" } ?? "")
  }
}
