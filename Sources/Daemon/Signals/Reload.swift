/// Something that the daemon reads or opens again on SIGHUP, such as its users or its log file.
package struct Reload: Sendable {
  /// What is reloaded, in words that can begin a sentence: `the users`.
  let name: String
  /// Reloads it; blocks. If it throws, what was read before stays.
  let run: @Sendable () throws -> Void

  /// Creates a reload of `name` by `run`, which may block, and changes nothing if it throws.
  package init(_ name: String, _ run: @escaping @Sendable () throws -> Void) {
    self.name = name
    self.run = run
  }
}
