import LineProtocol

/// What one server allows its clients, and what it sets aside for them.
package struct ServerLimits: Sendable {
  /// Connections at one time; further ones get an error and are closed.
  package var connections = 1024
  /// Those of one address among them (see ``ClientAddress``); nil for any. The Unix socket has no limit.
  package var addressConnections: Int?
  /// How long a client may take to say who it is, where it has to.
  package var loginTime: Duration = .seconds(60)
  /// How long a client may take to begin with TLS.
  package var handshakeTime: Duration = .seconds(10)
  /// Whether there are no more of them since the system allows too few open files.
  package var isShortOfDescriptors = false
  /// Clients beyond those at one time that are told so, and waited for until they have read it;
  /// others wait to be accepted.
  package var refusals = 64
  /// How long a client may send nothing; nil for ever.
  package var idleTime: Duration? = .seconds(600)
  /// Bytes of answers that wait for one client to read before its requests are left lying.
  package var unreadBytes = 1 << 20
  /// How long a client whose requests are left lying may take to read half of what waits for it,
  /// before it is disconnected; and how long a connection that is being closed may take for the
  /// rest of its answers.
  package var unreadTime: Duration = .seconds(10)
  /// Bytes of requests and answers that all clients together make the server hold before those that
  /// hold the most are disconnected.
  package var clientBytes = 256 << 20
  /// Threads that compute answers which take too long for an event loop.
  package var answerThreads = 2
  /// Bytes of one request.
  package var requestBytes = RequestLimits().requestBytes
  /// Bytes of an image that a request brings, or names.
  package var imageBytes = 16 << 20
  /// Pixels of one, as its file has them.
  package var imagePixels = 1 << 25
  /// Bytes that images take while they are decoded, all that are at one time, their files aside.
  package var imageMemory = 256 << 20
  /// The folder beneath which clients may name images; nil for none.
  package var imageRoot: ImageRoot?
  /// Threads for what is slow: one image after the other is predicted, on all cores.
  package var slowThreads = 1
  /// Slow requests that wait for them; others are refused.
  package var slowQueue = 64
  /// How long the answer to a slow request may take, waiting included.
  package var slowTime: Duration = .seconds(10)
  /// Bytes of encoded answers that are kept, over all event loops.
  package var cacheBytes = 64 << 20
  /// How long a stopping server waits for requests that are on their way from clients that were
  /// sending when it was told to stop.
  package var drainTime: Duration = .seconds(1)
  /// How long a stop waits for clients to take their answers; with what ending takes, 5 seconds.
  package var stopTime: Duration = .seconds(4)
  /// How long it waits for answers that are slow, before whoever asked is told that there is none; what is left is for
  /// clients to take that.
  package var slowStopTime: Duration = .seconds(3)

  /// Requests that take as long are kept in the slow log.
  package var slowLogTime: Duration = .milliseconds(10)
  /// Whether the log tells of them, too.
  package var logsSlowRequests = false
  /// What LATENCY keeps takes at least as long; zero to keep nothing.
  package var latencyTime: Duration = .milliseconds(100)
  /// What clients of HTTP may take.
  package var http = HTTPLimits()

  /// The limits that `latent serve` has unless told otherwise.
  package init() {}

  /// How large a request may be.
  var request: RequestLimits {
    // Base64 takes 4 bytes for 3.
    RequestLimits(requestBytes: requestBytes, dataBytes: imageBytes / 3 * 4 + 4 + requestBytes)
  }
}
