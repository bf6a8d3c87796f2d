/// The commands of a server, in the order of HELP.
package struct CommandTable: Sendable {
  /// The descriptions of all commands.
  package let all: [CommandDescription]
  private let positions: [String: Int]

  /// Creates a table of `commands`, whose names must be unique.
  package init(_ commands: [CommandDescription] = []) {
    all = commands
    positions = Dictionary(uniqueKeysWithValues: commands.enumerated().map { ($1.name, $0) })
  }

  /// Returns the position of the command called `name`, in any case; `nil` if there is none. O(name).
  package func find(_ name: ArraySlice<UInt8>) -> Int? {
    ProtocolWord.read(name).flatMap { positions[$0] }
  }

  /// Returns the position of the command called `name`, in any case; throws an error that names the nearest one.
  package func position(of name: ArraySlice<UInt8>) throws(ErrorReply) -> Int {
    if let position = find(name) { return position }
    throw .unknown(name, what: "command", of: all.map(\.name), listing: "The commands are")
  }
}
