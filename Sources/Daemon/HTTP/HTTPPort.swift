import Logging
import NIOCore
import NIOHTTP1
import NIOPosix

/// Where the daemon answers by HTTP, and what it reports there.
package struct HTTPSettings: Sendable {
  /// The addresses it listens on; empty for no port.
  package let addresses: [ListenAddress]
  /// How old a model in service may be before it is reported as stale; `nil` for any age.
  package let maximumAge: Duration?

  /// Creates the settings; by default there is no port.
  package init(addresses: [ListenAddress] = [], maximumAge: Duration? = nil) {
    (self.addresses, self.maximumAge) = (addresses, maximumAge)
  }
}

/// The HTTP port. All its connections are on one event loop, which it shares with a worker. Used on that loop alone.
final class HTTPPort {
  let worker: Worker
  let maximumAge: Duration?
  let log: Logger
  private let routes: [String: HTTPRoute]
  private var connections: [ObjectIdentifier: HTTPConnection] = [:]
  private var allClosed: EventLoopPromise<Void>?

  init(worker: Worker, settings: HTTPSettings, log: Logger) {
    self.worker = worker
    maximumAge = settings.maximumAge
    self.log = log
    routes = Dictionary(
      uniqueKeysWithValues: HTTPRoute.all(worker.service.commands).map { ($0.path, $0) })
  }

  /// Whether the server is stopping: connections end after their current answers.
  var isStopping: Bool { allClosed != nil }

  /// Returns the route for `path`; `nil` if there is none.
  func route(for path: String) -> HTTPRoute? { routes[path] }

  /// Adds a new connection; returns false if it can't be served, as all are busy. At the limit, closes the connection
  /// that has waited longest for a request.
  func add(_ connection: HTTPConnection) -> Bool {
    connections[ObjectIdentifier(connection)] = connection
    guard connections.count > worker.service.limits.http.connections else { return true }
    let idle = connections.values.filter { $0 !== connection && $0.idleSince != nil }
      .min { ($0.idleSince ?? .distantFuture) < ($1.idleSince ?? .distantFuture) }
    idle?.close()
    return idle != nil
  }

  /// Removes a closed connection.
  func remove(_ connection: HTTPConnection) {
    connections[ObjectIdentifier(connection)] = nil
    if connections.isEmpty { allClosed?.succeed() }
  }

  /// Closes the connections that wait for a request of which nothing has arrived, and has the others close behind their
  /// answers.
  func stop(on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
    let promise = allClosed ?? eventLoop.makePromise(of: Void.self)
    allClosed = promise
    for connection in connections.values where connection.isIdle { connection.close() }
    if connections.isEmpty { promise.succeed() }
    return promise.futureResult
  }

  /// Closes what is still open.
  func closeAll() {
    for connection in connections.values { connection.close() }
  }

  /// Returns a bootstrap that sets up connections accepted on `eventLoop`; `isPrivate` if only this machine reaches the
  /// listener. Connections begin with TLS if there is an `encryption`, which warns of those that don't.
  static func bootstrap(
    _ port: NIOLoopBound<HTTPPort>, on eventLoop: any EventLoop, isPrivate: Bool,
    encryption: RepeatedWarning?, sockets: Quota, limits: HTTPLimits, warning: RepeatedWarning
  ) -> ServerBootstrap {
    var decoding = NIOHTTPDecoderLimitConfiguration()
    decoding.maxHeaderFieldSize = limits.headerBytes
    decoding.maxHeaderListSize = limits.headerListBytes
    decoding.maxHeaderFieldCount = limits.headerCount
    return ServerBootstrap(group: eventLoop)
      .accepting(by: sockets, warning: warning)
      .childChannelOption(
        .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: readByteCount)
      )
      .childChannelInitializer { [decoding] channel in
        channel.eventLoop.makeCompletedFuture {
          if let encryption { try channel.encrypt(by: port.value.worker, warning: encryption) }
          try channel.pipeline.syncOperations.addHandlers([
            HTTPResponseEncoder(),
            ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: decoding)),
            HTTPConnection(port: port.value, isPrivate: isPrivate),
          ])
        }
      }
  }

  /// The maximum number of bytes read at once, which bounds what a connection holds.
  private static let readByteCount = 8192
}
