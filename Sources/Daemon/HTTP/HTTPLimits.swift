/// The limits of HTTP clients, in all and each.
package struct HTTPLimits: Sendable {
  /// Connections at one time. Beyond that, each new connection closes one that waits for a request; if all are being
  /// answered, new ones are told so.
  package var connections = 64
  /// The maximum length in bytes of a request's target: path and query.
  package var targetBytes = 4096
  /// The maximum length in bytes of a header's name or value, and of all headers of a request.
  package var headerBytes = 8192
  package var headerListBytes = 16_384
  /// The maximum number of headers of a request.
  package var headerCount = 64
  /// How long a new connection may take to send its first request.
  package var firstRequestTime: Duration = .seconds(10)
  /// How long a connection may take to send each further request.
  package var idleTime: Duration = .seconds(75)
  /// How long a client may take to read an answer.
  package var unreadTime: Duration = .seconds(10)

  package init() {}

  /// Further client sockets, which are told that there are too many.
  private static let refusals = 8

  /// The maximum number of client sockets at one time.
  package var sockets: Int { connections + Self.refusals }
}
