import Foundation
import Synchronization

/// What a listening socket is for, as one daemon tells the next that it hands it to.
struct ListeningSocket: Codable, Equatable, Sendable {
  /// What whoever connects speaks.
  enum Kind: String, Codable {
    case tcp, tls, unix, http, https
    /// The words of ``HandoverWord``: the socket by which the sockets are handed over.
    case handover

    /// The same behind TLS.
    var encrypted: Kind { self == .http ? .https : .tls }

    /// Whether it begins with TLS.
    var isEncrypted: Bool { self == .tls || self == .https }
  }

  let kind: Kind
  /// As it was configured: the host and the port, or the path.
  let address: String
  /// The file of a Unix socket.
  var file: FileIdentity?
}

/// A file, whatever it is called.
struct FileIdentity: Codable, Equatable, Sendable {
  let device: UInt64
  let inode: UInt64

  /// The file at `path`, not the one that a link there leads to; nil where there is none.
  init?(of path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }
}

/// Listening sockets on their way from one daemon to the next. Those that nobody takes are closed with this.
package final class ListeningSockets: Sendable {
  private let sockets: Mutex<[(socket: ListeningSocket, descriptor: CInt)]>

  /// Takes the descriptors over.
  init(_ sockets: [(socket: ListeningSocket, descriptor: CInt)]) { self.sockets = Mutex(sockets) }

  deinit { sockets.withLock { for socket in $0 { close(socket.descriptor) } } }

  /// What there is.
  var all: [(socket: ListeningSocket, descriptor: CInt)] { sockets.withLock { $0 } }

  /// Removes the files of those Unix sockets that nobody has taken, unless another server has put its own there.
  func removeFiles() {
    for (socket, _) in all where socket.kind == .unix {
      if let file = socket.file { UnixSocket.removeFile(at: socket.address, if: file) }
    }
  }

  /// The descriptor of the first socket of which `matches` holds, which is the caller's from now on; nil where there is none.
  func take(where matches: (ListeningSocket) -> Bool) -> CInt? {
    sockets.withLock { sockets in
      sockets.firstIndex { matches($0.socket) }.map { sockets.remove(at: $0).descriptor }
    }
  }
}
