import NIOCore

extension ConnectionHandler {
  /// The phases of a connection, from its first request to its end.
  enum Life {
    /// Requests are answered.
    case open
    /// Answers are being sent, no further requests are answered, and input is discarded: to close at once with bytes
    /// unread would reset the connection and lose the answers.
    case closing
    /// The end of the stream was sent behind the last answer; the client's is awaited.
    case halfClosed
    /// The connection is closed.
    case closed
  }

  /// The kind of the server's client places that the connection has.
  enum Place {
    case none
    /// A place for a client that is served.
    case served
    /// A place for a client that is told that there are too many.
    case refused
  }

  /// How a connection ends when the server stops.
  struct Drain {
    /// When to stop waiting for requests.
    let deadline: NIODeadline
    /// The bytes that the system had received when the stop began, which are answered whatever the time.
    let promisedByteCount: Int
    /// The bytes read since.
    var receivedByteCount = 0
    /// Whether requests were arriving when the stop began.
    let wasBusy: Bool
  }
}
