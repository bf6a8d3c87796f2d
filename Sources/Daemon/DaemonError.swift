package import Errors

/// Why the daemon can't start or go on: what, where, and what to do about it.
package typealias DaemonError = ExplainedError<DaemonErrorCode>

/// The kinds of failure of a ``DaemonError``.
package enum DaemonErrorCode: String, ErrorCode {
  /// An address can't be read or does not exist on this machine.
  case badAddress
  /// Another program listens there.
  case addressInUse
  /// The address is not this user's to listen on.
  case notPermitted
  /// Whoever reaches the address from other machines would be let in.
  case unguarded
  /// There are no users, or no certificate, to serve with.
  case badAccess
  /// There is no model to serve.
  case noModel
  /// There is one, and it can't be served now.
  case unservableModel
  /// The system lets too few files be open.
  case tooFewDescriptors
  /// The log can't be written to its file.
  case badLogFile
  /// The daemon that runs does not hand its sockets over.
  case notHandedOver
  /// Listening failed for another reason.
  case failed
}

extension ExplainedError<DaemonErrorCode> {
  /// Users or certificates can't be taken up.
  package init(_ error: AccessError) {
    self.init(.badAccess, error.problem, place: error.place, remedy: error.remedy)
  }

  static func badAddress(_ text: String) -> DaemonError {
    DaemonError(
      .badAddress, "not an address to listen on", place: text,
      remedy: "Write HOST:PORT, such as 127.0.0.1:6380 or [::1]:6380.")
  }
}
