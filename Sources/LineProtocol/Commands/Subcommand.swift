/// A subcommand, such as LIST of CLIENT. It follows its command's name; parsing ignores case.
package struct Subcommand: Sendable, Equatable {
  /// The name in upper case.
  package let name: String
  /// Its arguments in a usage line; empty if there are none.
  package let arguments: String
  /// The possible numbers of its arguments.
  package let argumentCounts: ClosedRange<Int>
  /// What it does, in one sentence.
  package let summary: String
  /// The role a client needs; `nil` if it needs no more than its command.
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

  /// Returns the subcommand of `command` in a usage line: `CLIENT LIST [TYPE type]`.
  package func usage(of command: CommandDescription) -> String {
    [command.name, name, arguments].filter { !$0.isEmpty }.joined(separator: " ")
  }
}
