/// A subcommand, such as CLIENT's LIST: what there is to know of it. It stands behind its command's name, and is read in any case.
package struct Subcommand: Sendable, Equatable {
  /// The name in upper case.
  package let name: String
  /// What stands behind it, as a usage line has it; empty where nothing does.
  package let arguments: String
  /// How many arguments stand behind it.
  package let argumentCounts: ClosedRange<Int>
  /// What it does, in one sentence.
  package let summary: String
  /// What a client must be for it; nil where it needs no more than its command.
  package let role: Role?

  /// Declares a subcommand.
  package init(
    _ name: String, _ arguments: String = "", counts: ClosedRange<Int> = 0...0, summary: String,
    role: Role? = nil
  ) {
    self.name = name
    self.arguments = arguments
    argumentCounts = counts
    self.summary = summary
    self.role = role
  }

  /// How it is written behind the name of `command`: `CLIENT LIST [TYPE type]`.
  package func usage(of command: CommandDescription) -> String {
    [command.name, name, arguments].filter { !$0.isEmpty }.joined(separator: " ")
  }
}
