/// Something that the daemon reads or opens again on SIGHUP, as its users or its log file.
package struct Reload: Sendable {
  /// What it is, in words that a sentence can begin with: `the users`.
  let name: String
  /// Does it; blocks. What was read before stays where it throws.
  let run: @Sendable () throws -> Void

  /// Declares that `name` is reloaded by `run`, which may block, and changes nothing where it throws.
  package init(_ name: String, _ run: @escaping @Sendable () throws -> Void) {
    self.name = name
    self.run = run
  }
}
