import Errors
import Foundation

/// The link to systemd, or any other service manager with its protocol. It has handed over listening sockets
/// (LISTEN_FDS, LISTEN_FDNAMES), and is notified when the daemon is ready, alive or stopping (NOTIFY_SOCKET,
/// WATCHDOG_USEC). Our own implementation of a few lines, as libsystemd's documentation allows.
package struct ServiceManager: Sendable {
  /// The first descriptor handed over.
  private static let firstDescriptor: CInt = 3
  /// The maximum number of descriptors taken.
  private static let mostDescriptors: CInt = 64

  /// Listening sockets, which are the daemon's from now on.
  package let sockets: [HandedSocket]
  private let notifySocket: String?
  /// The interval of notifications that it is alive; `nil` if nobody asks.
  let watchdogInterval: Duration?

  /// No service manager.
  package static let none = ServiceManager(environment: [:])
  /// The service manager that has started this process.
  package static let ofProcess = ServiceManager(
    environment: ProcessInfo.processInfo.environment)

  /// Reads the variables of the environment. Those for another process, which were inherited, are ignored.
  package init(environment: [String: String]) {
    func number(_ name: String) -> Int? { environment[name].flatMap { Int($0) } }
    let isOwn = number("LISTEN_PID") == Int(getpid())
    let count = CInt(clamping: max(0, isOwn ? number("LISTEN_FDS") ?? 0 : 0))
    let names = environment["LISTEN_FDNAMES"]?
      .split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    sockets = (0..<min(count, Self.mostDescriptors)).map { place in
      // A socket left out of the names has none, like an empty name.
      let name = names.map { Int(place) < $0.count ? $0[Int(place)] : "" } ?? "unknown"
      return HandedSocket(descriptor: Self.firstDescriptor + place, name: name)
    }
    // No program started from here may have them.
    for socket in sockets { _ = fcntl(socket.descriptor, F_SETFD, FD_CLOEXEC) }
    notifySocket = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
    let isWatched = environment["WATCHDOG_PID"].map { Int($0) == Int(getpid()) } ?? true
    let limit = isWatched ? number("WATCHDOG_USEC") ?? 0 : 0
    // Twice within the time after which it would be taken for dead.
    watchdogInterval = limit > 0 ? .microseconds(max(1000, limit / 2)) : nil
  }

  /// Notifies that the daemon serves now.
  func tellReady(_ status: String) { tell("READY=1\nSTATUS=\(status)") }

  /// Notifies that the daemon is about to end.
  func tellStopping() { tell("STOPPING=1\nSTATUS=answering requests in flight") }

  /// Notifies that the daemon is alive.
  func tellAlive() { tell("WATCHDOG=1") }

  /// Sends a datagram. A missing listener is no problem: it is notified again, or sees the process end.
  private func tell(_ message: String) {
    guard let notifySocket else { return }
    let descriptor = socket(
      AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var name = Array(notifySocket.utf8)
    guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
    // An abstract name, which is not a file's, begins with a zero.
    if name.first == UInt8(ascii: "@") { name[0] = 0 }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
    let length = MemoryLayout<sockaddr_un>.offset(of: \.sun_path).map { $0 + name.count } ?? 0
    let bytes = Array(message.utf8)
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = sendto(
          descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT), $0,
          socklen_t(length))
      }
    }
  }
}
