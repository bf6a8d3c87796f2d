/// What clients of HTTP are allowed, all of them and each.
package struct HTTPLimits: Sendable {
  /// Connections at one time. Beyond them one that waits for a request is closed for each that comes; where all are
  /// being answered, those that come are told so.
  package var connections = 64
  /// The most bytes of a request's target: path and query.
  package var targetBytes = 4096
  /// The most bytes of the name or the value of a header, and of all headers of a request.
  package var headerBytes = 8192
  package var headerListBytes = 16_384
  /// The most headers of a request.
  package var headerCount = 64
  /// How long a new connection may take for its first request.
  package var firstRequestTime: Duration = .seconds(10)
  /// How long a connection may take for each further one.
  package var idleTime: Duration = .seconds(75)
  /// How long a client may take to read an answer.
  package var unreadTime: Duration = .seconds(10)

  package init() {}

  /// Sockets of clients beyond those, which are told that there are too many.
  private static let refusals = 8

  /// The sockets that clients have at one time at the most.
  package var sockets: Int { connections + Self.refusals }
}
