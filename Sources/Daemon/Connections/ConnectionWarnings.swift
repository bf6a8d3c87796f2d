import Logging

/// What is logged of clients, each kind at most once a second: any client can bring it about.
final class ConnectionWarnings: Sendable {
  /// A client was refused, as there are too many.
  let refused: RepeatedWarning
  /// A client was disconnected that does not read its answers.
  let unread: RepeatedWarning
  /// A client was disconnected since all together hold too much memory.
  let memory: RepeatedWarning
  /// The system would not let a client be accepted.
  let notAccepted: RepeatedWarning

  init(log: Logger) {
    refused = RepeatedWarning(log: log)
    unread = RepeatedWarning(log: log)
    memory = RepeatedWarning(log: log)
    notAccepted = RepeatedWarning(log: log)
  }
}
