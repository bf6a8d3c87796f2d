import Foundation

/// A blocking client of a Unix socket, as `nc -N -U` is one: says all it has to say, closes its half,
/// and reads to the end.
package struct SocketClient: Sendable {
  private let path: String

  /// A client of the socket at `path`.
  package init(path: String) { self.path = path }

  /// Connects, sends `text`, and answers all that came back.
  package func ask(_ text: String) throws -> String {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let capacity = MemoryLayout.size(ofValue: address.sun_path)
    guard path.utf8.count < capacity else { throw POSIXError(.ENAMETOOLONG) }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard status == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    try handle.write(contentsOf: Data(text.utf8))
    shutdown(descriptor, Int32(SHUT_WR))
    return String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
  }
}
