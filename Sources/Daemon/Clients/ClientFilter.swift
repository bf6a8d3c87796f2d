import Errors
import LineProtocol
import NIOCore

/// Which clients CLIENT LIST tells of, and CLIENT KILL disconnects: those that each condition fits.
struct ClientFilter: Sendable {
  /// Any of these numbers; nil for any.
  private var identifiers: Set<Int64>?
  private var address: String?
  private var localAddress: String?
  private(set) var user: String?
  private var type: String?
  /// The least age in seconds.
  private var leastAge: Int64?
  /// Whether whoever asks is left out.
  private(set) var skipsAsking = true

  /// Any client.
  init() {}

  /// The one with the number `identifier`.
  init(identifier: Int64) { identifiers = [identifier] }

  /// The one at `address`, which may be whoever asks.
  init(address: String) {
    self.address = address
    skipsAsking = false
  }

  /// What the arguments of CLIENT LIST, or of CLIENT KILL, say behind the subcommand, as pairs; with LIST, `ID` has all that
  /// follows.
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
            remedy: "They are normal and pubsub here.")
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

  /// What there is to tell of the client at `connection` where all conditions fit it, else nil; on its event loop. That it is who
  /// asks is not one of them.
  func record(of connection: ConnectionHandler) -> ClientRecord? {
    // What costs nothing to ask goes first: a record is made of a dozen texts.
    guard connection.isServed,
      identifiers?.contains(connection.conversation.identifier) ?? true
    else { return nil }
    let record = connection.record
    return fits(record) ? record : nil
  }

  /// Whether all conditions but that of the number fit `client`.
  private func fits(_ client: ClientRecord) -> Bool {
    address.map { $0 == client.address } ?? true
      && localAddress.map { $0 == client.localAddress } ?? true
      && user.map { $0 == client.user } ?? true && type.map { $0 == client.type } ?? true
      && leastAge.map { client.age >= .seconds($0) } ?? true
  }
}

extension ErrorReply {
  fileprivate static let badIdentifier = ErrorReply(
    .badArgument, "client-id should be greater than 0", remedy: "CLIENT LIST has them as id.")

  fileprivate static func badFilter(_ arguments: CommandArguments) -> ErrorReply {
    ErrorReply(
      .badArgument, "syntax error",
      remedy: arguments.subcommand.map { "Usage: \($0.usage(of: arguments.command))" } ?? "")
  }
}
