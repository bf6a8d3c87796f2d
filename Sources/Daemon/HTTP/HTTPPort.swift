import Logging
import NIOCore
import NIOHTTP1
import NIOPosix

/// Where the daemon answers by HTTP, and what it says there.
package struct HTTPSettings: Sendable {
  /// Where it listens; nowhere when there are none.
  package let addresses: [ListenAddress]
  /// How old a model in service may be before it is told that it is stale; nil for any age.
  package let maximumAge: Duration?

  /// No port, unless told otherwise.
  package init(addresses: [ListenAddress] = [], maximumAge: Duration? = nil) {
    (self.addresses, self.maximumAge) = (addresses, maximumAge)
  }
}

/// The port of HTTP: all its connections are on one event loop, which it shares with a worker. Used on that loop alone.
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

  /// Whether the server is told to stop: connections end with the answers that are under way.
  var isStopping: Bool { allClosed != nil }

  /// The route for `path`; nil where there is none.
  func route(for path: String) -> HTTPRoute? { routes[path] }

  /// Takes note of a new connection; false when it can't be answered, since all are busy. Of those that wait for a
  /// request the one that has waited the longest makes way.
  func add(_ connection: HTTPConnection) -> Bool {
    connections[ObjectIdentifier(connection)] = connection
    guard connections.count > worker.service.limits.http.connections else { return true }
    let idle = connections.values.filter { $0 !== connection && $0.idleSince != nil }
      .min { ($0.idleSince ?? .distantFuture) < ($1.idleSince ?? .distantFuture) }
    idle?.close()
    return idle != nil
  }

  /// Takes note that a connection was closed.
  func remove(_ connection: HTTPConnection) {
    connections[ObjectIdentifier(connection)] = nil
    if connections.isEmpty { allClosed?.succeed() }
  }

  /// Closes the connections that wait for a request of which nothing has come, and has the others close behind their answers.
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

  /// Sets connections up that a listener on `eventLoop` accepts; `isPrivate` where only this machine reaches it. They
  /// begin with TLS where there is an `encryption`, which is warned by of those that don't.
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

  /// The most bytes that are read at once: with these, what a connection holds is bounded.
  private static let readByteCount = 8192
}
