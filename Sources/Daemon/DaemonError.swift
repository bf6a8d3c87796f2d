/// Why the daemon can't start or go on: what, where, and what to do about it.
package struct DaemonError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds of failure, for code that must tell them apart.
  package enum Code: String, Sendable {
    /// An address can't be read or does not exist on this machine.
    case badAddress
    /// Another program listens there.
    case addressInUse
    /// The address is not this user's to listen on.
    case notPermitted
    /// Listening failed for another reason.
    case failed
  }

  package let code: Code
  /// What happened, in a sentence without a full stop.
  package let problem: String
  /// The address it happened to.
  package let place: String
  /// What the reader can do.
  package let remedy: String

  package init(_ code: Code, _ problem: String, place: String, remedy: String) {
    self.code = code
    self.problem = problem
    self.place = place
    self.remedy = remedy
  }

  package var description: String { "\(place): \(problem). \(remedy)" }

  static func badAddress(_ text: String) -> DaemonError {
    DaemonError(
      .badAddress, "not an address to listen on", place: text,
      remedy: "Write HOST:PORT, such as 127.0.0.1:6380 or [::1]:6380.")
  }
}
