package import Errors

/// An error that keeps the daemon from starting or going on: what, where, and what to do about it.
package typealias DaemonError = ExplainedError<DaemonErrorCode>

/// The kinds of failure of a ``DaemonError``.
package enum DaemonErrorCode: String, ErrorCode {
  /// An address is malformed, or does not exist on this machine.
  case badAddress
  /// Another program listens there.
  case addressInUse
  /// This user may not listen on the address.
  case notPermitted
  /// Anyone who reaches the address from other machines would be let in.
  case unguarded
  /// There are no valid users, or no certificate, to serve with.
  case badAccess
  /// There is no model to serve.
  case noModel
  /// There is a model, but it can't be served now.
  case unservableModel
  /// The system allows too few open files.
  case tooFewDescriptors
  /// The log file can't be written.
  case badLogFile
  /// The running daemon does not hand over its sockets.
  case notHandedOver
  /// Listening failed for another reason.
  case failed
}

extension ExplainedError<DaemonErrorCode> {
  /// Creates the error for users or certificates that can't be loaded.
  package init(_ error: AccessError) {
    self.init(.badAccess, error.problem, place: error.place, remedy: error.remedy)
  }

  static func badAddress(_ text: String) -> DaemonError {
    DaemonError(
      .badAddress, "not an address to listen on", place: text,
      remedy: "Write HOST:PORT, such as 127.0.0.1:6380 or [::1]:6380.")
  }
}
