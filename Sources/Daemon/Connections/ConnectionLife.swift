import NIOCore

extension ConnectionHandler {
  /// The life of a connection, from its first request to its end.
  enum Life {
    /// Requests are answered.
    case open
    /// Answers are on their way out, nothing more is answered, what comes in is thrown away: to
    /// close at once with bytes unread would reset the connection, and the answers with it.
    case closing
    /// The end of the stream was sent behind the last answer; the client's is waited for.
    case halfClosed
    /// The connection is closed.
    case closed
  }

  /// Which of the server's places for clients the connection has.
  enum Place {
    case none
    /// One of those whose requests are answered.
    case served
    /// One of those that are told that there are too many.
    case refused
  }

  /// How a connection ends when the server stops.
  struct Drain {
    /// By then requests are no longer waited for.
    let deadline: NIODeadline
    /// What the system had received when the server was told to stop, and is answered whatever the
    /// time.
    let promisedByteCount: Int
    /// What has been read since.
    var receivedByteCount = 0
    /// Whether requests were coming when the server was told to stop.
    let wasBusy: Bool
  }
}
