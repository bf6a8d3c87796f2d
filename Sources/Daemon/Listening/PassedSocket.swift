import Errors
import Foundation
import NIOCore

/// A listening socket that was handed over by whoever started the daemon (``ServiceManager``) or by another daemon
/// (``Takeover``), and its address.
struct PassedSocket {
  let descriptor: CInt
  /// The address that it listens on; `nil` for a Unix socket.
  let address: SocketAddress?
  /// The address, as clients write it.
  let shown: ListenAddress
  /// The protocol that clients speak.
  let kind: ListeningSocket.Kind

  /// Throws unless it is a stream socket that listens on a port or, for the line protocol without TLS, on a path.
  /// `kind` is the protocol of clients on a port.
  init(_ descriptor: CInt, for kind: ListeningSocket.Kind = .tcp) throws(DaemonError) {
    func option(_ name: CInt) -> CInt? {
      var value: CInt = 0
      var length = socklen_t(MemoryLayout<CInt>.size)
      return getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
    }
    guard option(SO_TYPE) == CInt(SOCK_STREAM.rawValue), option(SO_ACCEPTCONN) == 1 else {
      throw Self.failure(descriptor, "is not a listening stream socket")
    }
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    var (host, port) = ([CChar](repeating: 0, count: 256), [CChar](repeating: 0, count: 256))
    let status = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> CInt in
        guard getsockname(descriptor, address, &length) == 0 else { return -1 }
        return getnameinfo(
          address, length, &host, socklen_t(host.count), &port, socklen_t(port.count),
          NI_NUMERICHOST | NI_NUMERICSERV)
      }
    }
    func text(_ characters: [CChar]) -> String {
      String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    guard status == 0 else { throw Self.failure(descriptor, "its address can't be determined") }
    self.descriptor = descriptor
    if CInt(storage.ss_family) == AF_UNIX {
      // getnameinfo calls the path the service.
      guard kind == .tcp else {
        throw DaemonError(
          .badAddress,
          "it was handed over for \(kind.rawValue) (FileDescriptorName=), but is a Unix socket",
          place: text(port),
          remedy: "Set a port in its socket unit: ListenStream=127.0.0.1:6390.")
      }
      (address, shown, self.kind) = (nil, .unix(path: text(port)), .unix)
    } else {
      guard let number = Int(text(port)),
        // A link-local address is followed by its interface.
        let resolved = try? SocketAddress(
          ipAddress: String(text(host).prefix { $0 != "%" }), port: number)
      else { throw Self.failure(descriptor, "listens on neither a port nor a path") }
      (address, self.kind) = (resolved, kind)
      shown =
        kind.isEncrypted
        ? .tls(host: text(host), port: number) : .tcp(host: text(host), port: number)
    }
  }

  private static func failure(_ descriptor: CInt, _ problem: String) -> DaemonError {
    DaemonError(
      .badAddress, "it was handed over (LISTEN_FDS or a handover), but \(problem)",
      place: "descriptor \(descriptor)",
      remedy: "Set ListenStream= and Accept=no in its socket unit.")
  }
}
