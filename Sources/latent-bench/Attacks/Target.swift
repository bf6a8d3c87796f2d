import Foundation
import Synchronization

/// Where an attack goes to, how long it lasts, and what it has done.
final class Target: Sendable {
  /// What the daemon listens for at a port.
  enum Service {
    case requests, http, tls
  }

  /// Where requests go.
  let port: Int
  /// Where requests of HTTP go.
  let httpPort: Int
  /// Where they go by TLS; nil where there is none.
  let tlsPort: Int?
  /// The users and items of the model that is asked, numbered from 0.
  let users: UInt32
  let items: UInt32
  let traffic = Traffic()
  private let over = Atomic(false)
  private let noted = Mutex<[String]>([])

  /// `daemon`, which answers by HTTP as well, and whose model has so many users and items.
  init(_ daemon: LatentDaemon, users: Int, items: Int) {
    port = daemon.port
    httpPort = daemon.httpPort
    tlsPort = daemon.tlsPort
    self.users = UInt32(users)
    self.items = UInt32(items)
  }

  /// Whether the attack is to end.
  var isOver: Bool { over.load(ordering: .relaxed) }

  /// Has the attack end.
  func end() { over.store(true, ordering: .relaxed) }

  /// Takes note of what the daemon must not have done, the first hundred times.
  func record(_ offence: String) {
    noted.withLock { if $0.count < 100 { $0.append(offence) } }
  }

  /// What the daemon must not have done.
  var offences: [String] { noted.withLock { $0 } }

  /// A new connection; nil when there is none to be had within a second, after a pause then, so that
  /// an attack can't spin. Of a client that does not read, the system keeps next to nothing: what it
  /// is answered is the daemon's to keep.
  func connect(to service: Service = .requests, isReading: Bool = true) -> ClientSocket? {
    let port: Int? =
      switch service {
      case .requests: port
      case .http: httpPort
      case .tls: tlsPort
      }
    if let port,
      let socket = try? ClientSocket(
        port: port, patience: 1, traffic: traffic, receiveBuffer: isReading ? nil : 4_096)
    {
      return socket
    }
    pause(milliseconds: 20)
    return nil
  }

  /// `count` connections that reset at their end, each as `prepare` leaves it, which is told its number
  /// too; fewer when the attack is over before.
  func connect(
    _ count: Int, to service: Service = .requests, isReading: Bool = true,
    _ prepare: (_ connection: ClientSocket, _ number: Int) -> Void = { _, _ in }
  ) -> [ClientSocket] {
    var connections: [ClientSocket] = []
    while connections.count < count, !isOver {
      guard let connection = connect(to: service, isReading: isReading) else { continue }
      connection.resetAtEnd()
      prepare(connection, connections.count)
      connections.append(connection)
    }
    return connections
  }

  /// Waits so long, or until the attack is over.
  func pause(milliseconds: Int) {
    var left = milliseconds
    while left > 0, !isOver {
      usleep(UInt32(min(left, 50)) * 1_000)
      left -= 50
    }
  }
}
