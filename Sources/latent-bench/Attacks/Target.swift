import Foundation
import Synchronization

/// The target of an attack, whether the attack is over, and what was observed.
final class Target: Sendable {
  /// A service that the daemon offers at a port.
  enum Service {
    case requests, http, tls
  }

  /// The port for requests.
  let port: Int
  /// The port for HTTP.
  let httpPort: Int
  /// The port for TLS; nil if there is none.
  let tlsPort: Int?
  /// The numbers of users and items of the model, both numbered from 0.
  let users: UInt32
  let items: UInt32
  let traffic = Traffic()
  private let over = Atomic(false)
  private let noted = Mutex<[String]>([])

  /// Targets `daemon`, whose model has the given numbers of users and items.
  init(_ daemon: LatentDaemon, users: Int, items: Int) {
    port = daemon.port
    httpPort = daemon.httpPort
    tlsPort = daemon.tlsPort
    self.users = UInt32(users)
    self.items = UInt32(items)
  }

  /// Whether the attack has to end.
  var isOver: Bool { over.load(ordering: .relaxed) }

  /// Ends the attack.
  func end() { over.store(true, ordering: .relaxed) }

  /// Records an offence of the daemon's; only the first hundred are kept.
  func record(_ offence: String) {
    noted.withLock { if $0.count < 100 { $0.append(offence) } }
  }

  /// The recorded offences of the daemon.
  var offences: [String] { noted.withLock { $0 } }

  /// Returns a new connection, or nil if none could be made within a second. It pauses before returning nil, so that an
  /// attack cannot spin. Without `isReading` the system buffers next to nothing for the client, so the daemon has to
  /// buffer its answers.
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

  /// Returns `count` connections that are reset when closed, after passing each with its number to `prepare`. Returns
  /// fewer if the attack ends first.
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

  /// Waits for that long, or until the attack is over.
  func pause(milliseconds: Int) {
    var left = milliseconds
    while left > 0, !isOver {
      usleep(UInt32(min(left, 50)) * 1_000)
      left -= 50
    }
  }
}
