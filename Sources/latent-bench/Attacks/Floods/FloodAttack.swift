import Foundation
import TensorCore

/// Clients that send one flood, each as fast as the daemon takes it; they read all that comes, or
/// nothing.
struct FloodAttack: Attack {
  let flood: Flood
  let clientCount: Int
  let isReading: Bool

  var name: String { isReading ? flood.name : flood.name + "-unread" }

  func run(against target: Target) {
    var random = RandomStream(seed: 8, stream: 2)
    var clients = (0..<clientCount).map { _ in Client() }
    while !target.isOver {
      for index in clients.indices where clients[index].socket == nil {
        clients[index] = Client(socket: target.connect(isReading: isReading))
      }
      var waits = clients.map {
        pollfd(
          fd: $0.socket?.descriptor ?? -1, events: Int16(isReading ? POLLIN | POLLOUT : POLLOUT),
          revents: 0)
      }
      guard poll(&waits, nfds_t(waits.count), 50) > 0 else { continue }
      for index in clients.indices where waits[index].revents != 0 {
        do {
          try clients[index].advance(Int32(waits[index].revents)) {
            flood.next(&random, target)
          }
        } catch {
          // Cut off by the daemon: begins anew.
          clients[index] = Client()
          target.pause(milliseconds: 10)
        }
      }
    }
  }

  private struct Client {
    var socket: ClientSocket?
    var pending: [UInt8] = []
    var sentCount = 0

    init(socket: ClientSocket? = nil) {
      self.socket = socket
      socket?.resetAtEnd()
    }

    mutating func advance(_ events: Int32, _ next: () -> [UInt8]) throws {
      guard let socket else { return }
      guard events & (POLLERR | POLLHUP) == 0 else { throw SocketFailure(call: "poll", number: 0) }
      if events & POLLIN != 0 { try socket.discardNow() }
      guard events & POLLOUT != 0 else { return }
      if sentCount == pending.count {
        pending = next()
        sentCount = 0
      }
      sentCount += try socket.sendNow(pending[sentCount...])
    }
  }
}
