import Foundation
import Synchronization

/// Where an attack goes to, how long it lasts, and what it has done.
final class Target: Sendable {
  let port: Int
  /// The users and items of the model that is asked, numbered from 0.
  let users: UInt32
  let items: UInt32
  let traffic = Traffic()
  private let over = Atomic(false)
  private let noted = Mutex<[String]>([])

  init(port: Int, users: Int, items: Int) {
    self.port = port
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
  func connect(isReading: Bool = true) -> ClientSocket? {
    if let socket = try? ClientSocket(
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
    _ count: Int, isReading: Bool = true,
    _ prepare: (_ connection: ClientSocket, _ number: Int) -> Void = { _, _ in }
  ) -> [ClientSocket] {
    var connections: [ClientSocket] = []
    while connections.count < count, !isOver {
      guard let connection = connect(isReading: isReading) else { continue }
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
