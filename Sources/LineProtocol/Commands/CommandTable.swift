/// The commands that a server has, in the order in which HELP lists them.
package struct CommandTable: Sendable {
  /// What there is to know of each.
  package let all: [CommandDescription]
  private let positions: [String: Int]

  /// A table of `commands`, each with a name of its own.
  package init(_ commands: [CommandDescription] = []) {
    all = commands
    positions = Dictionary(uniqueKeysWithValues: commands.enumerated().map { ($1.name, $0) })
  }

  /// The position of the command whose name, in any case, is `name`; nil when there is none. O(name).
  package func find(_ name: ArraySlice<UInt8>) -> Int? {
    ProtocolWord.read(name).flatMap { positions[$0] }
  }

  /// The position of the command whose name, in any case, is `name`; throws an error that names the
  /// nearest one.
  package func position(of name: ArraySlice<UInt8>) throws(ErrorReply) -> Int {
    if let position = find(name) { return position }
    throw .unknown(name, what: "command", of: all.map(\.name), listing: "The commands are")
  }
}
