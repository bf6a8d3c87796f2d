import LineProtocol

/// The limits that a server sets its clients, and the resources it reserves for them.
package struct ServerLimits: Sendable {
  /// Connections at one time; further ones get an error and are closed.
  package var connections = 1024
  /// Connections of one address (see ``ClientAddress``); `nil` for no limit. The Unix socket has none.
  package var addressConnections: Int?
  /// How long a client may take to log in, if it has to.
  package var loginTime: Duration = .seconds(60)
  /// How long a client may take for the TLS handshake.
  package var handshakeTime: Duration = .seconds(10)
  /// Whether ``connections`` was reduced because the system allows too few open files.
  package var isShortOfDescriptors = false
  /// Further clients at one time that are told that there are too many, and waited for until they have read it; others
  /// wait to be accepted.
  package var refusals = 64
  /// How long a client may send nothing; `nil` for ever.
  package var idleTime: Duration? = .seconds(600)
  /// Bytes of answers waiting for one client above which its requests are not answered.
  package var unreadBytes = 1 << 20
  /// How long a client whose requests are not answered may take to read half of what waits for it before it is
  /// disconnected. Also how long a connection that is being closed may take for the rest of its answers.
  package var unreadTime: Duration = .seconds(10)
  /// Bytes of requests and answers that all clients together may make the server hold before the largest clients are
  /// disconnected.
  package var clientBytes = 256 << 20
  /// Threads for answers that take too long for an event loop.
  package var answerThreads = 2
  /// Bytes of one request.
  package var requestBytes = RequestLimits().requestBytes
  /// Bytes of an image that a request contains or names.
  package var imageBytes = 16 << 20
  /// Pixels of an image, as stored in its file.
  package var imagePixels = 1 << 25
  /// Bytes for decoding all images at one time, without their files.
  package var imageMemory = 256 << 20
  /// The folder beneath which clients may name images; `nil` for none.
  package var imageRoot: ImageRoot?
  /// Threads for slow requests: images are predicted one after the other, on all cores.
  package var slowThreads = 1
  /// Slow requests that may wait for these threads; others are refused.
  package var slowQueue = 64
  /// How long the answer to a slow request may take, waiting included.
  package var slowTime: Duration = .seconds(10)
  /// Bytes of encoded answers in the caches of all event loops.
  package var cacheBytes = 64 << 20
  /// How long a stopping server waits for requests in flight from clients that were sending when the stop began.
  package var drainTime: Duration = .seconds(1)
  /// How long a stop waits for clients to take their answers; 5 seconds, with the time that ending takes.
  package var stopTime: Duration = .seconds(4)
  /// How long a stop waits for slow answers before their clients are told that there is none. The remaining time is for
  /// them to take that.
  package var slowStopTime: Duration = .seconds(3)

  /// The minimum time of requests kept in the slow log.
  package var slowLogTime: Duration = .milliseconds(10)
  /// Whether the log reports them, too.
  package var logsSlowRequests = false
  /// The minimum time of what LATENCY keeps; zero to keep nothing.
  package var latencyTime: Duration = .milliseconds(100)
  /// The limits of HTTP clients.
  package var http = HTTPLimits()

  /// Creates the defaults of `latent serve`.
  package init() {}

  /// The limits on the size of a request.
  var request: RequestLimits {
    // Base64 takes 4 bytes for 3.
    RequestLimits(requestBytes: requestBytes, dataBytes: imageBytes / 3 * 4 + 4 + requestBytes)
  }
}
