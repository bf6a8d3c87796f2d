import Errors
import Foundation

/// What systemd, or whoever else started the daemon by its protocol, is told of it and has handed over: sockets that listen already
/// (LISTEN_FDS, LISTEN_FDNAMES), and where to say that it is ready, lives, and stops (NOTIFY_SOCKET, WATCHDOG_USEC). By a few lines of our own, as
/// libsystemd says that they may be.
package struct ServiceManager: Sendable {
  /// The first descriptor that is handed over.
  private static let firstDescriptor: CInt = 3
  /// The most that are taken.
  private static let mostDescriptors: CInt = 64

  /// Sockets that listen, and are the daemon's from now on.
  package let sockets: [HandedSocket]
  private let notifySocket: String?
  /// How often to say that it lives; nil where nobody asks.
  let watchdogInterval: Duration?

  /// Nobody.
  package static let none = ServiceManager(environment: [:])
  /// Who has started this process.
  package static let ofProcess = ServiceManager(
    environment: ProcessInfo.processInfo.environment)

  /// What the variables of the environment say. Those for another process, which were inherited, are not heeded.
  package init(environment: [String: String]) {
    func number(_ name: String) -> Int? { environment[name].flatMap { Int($0) } }
    let isOwn = number("LISTEN_PID") == Int(getpid())
    let count = CInt(clamping: max(0, isOwn ? number("LISTEN_FDS") ?? 0 : 0))
    let names = environment["LISTEN_FDNAMES"]?
      .split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    sockets = (0..<min(count, Self.mostDescriptors)).map { place in
      // One that is left out of the names has none, as an empty one has.
      let name = names.map { Int(place) < $0.count ? $0[Int(place)] : "" } ?? "unknown"
      return HandedSocket(descriptor: Self.firstDescriptor + place, name: name)
    }
    // No program that is started from here may have them.
    for socket in sockets { _ = fcntl(socket.descriptor, F_SETFD, FD_CLOEXEC) }
    notifySocket = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
    let isWatched = environment["WATCHDOG_PID"].map { Int($0) == Int(getpid()) } ?? true
    let limit = isWatched ? number("WATCHDOG_USEC") ?? 0 : 0
    // Twice in the time after which it would be taken for dead.
    watchdogInterval = limit > 0 ? .microseconds(max(1000, limit / 2)) : nil
  }

  /// Says that it serves now.
  func tellReady(_ status: String) { tell("READY=1\nSTATUS=\(status)") }

  /// Says that it is about to end.
  func tellStopping() { tell("STOPPING=1\nSTATUS=answering what is in flight") }

  /// Says that it lives.
  func tellAlive() { tell("WATCHDOG=1") }

  /// Sends a datagram. Nobody who listens is no trouble: they are told again, or see the process end.
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
    // A name that is no file's begins with a zero.
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
