import Foundation
import Synchronization

/// The purpose of a listening socket, as a daemon describes it to its successor.
struct ListeningSocket: Codable, Equatable, Sendable {
  /// The protocol that clients speak.
  enum Kind: String, Codable {
    case tcp, tls, unix, http, https
    /// The words of ``HandoverWord``: the socket by which the sockets are handed over.
    case handover

    /// The same protocol over TLS.
    var encrypted: Kind { self == .http ? .https : .tls }

    /// Whether clients begin with TLS.
    var isEncrypted: Bool { self == .tls || self == .https }
  }

  let kind: Kind
  /// The address as configured: host and port, or path.
  let address: String
  /// The file of a Unix socket.
  var file: FileIdentity?
}

/// The identity of a file, whatever its name.
struct FileIdentity: Codable, Equatable, Sendable {
  let device: UInt64
  let inode: UInt64

  /// The file at `path`, without following a link there; `nil` if there is none.
  init?(of path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }
}

/// Listening sockets on their way from one daemon to the next. Those that nobody takes are closed with this object.
package final class ListeningSockets: Sendable {
  private let sockets: Mutex<[(socket: ListeningSocket, descriptor: CInt)]>

  /// Takes over the descriptors.
  init(_ sockets: [(socket: ListeningSocket, descriptor: CInt)]) { self.sockets = Mutex(sockets) }

  deinit { sockets.withLock { for socket in $0 { close(socket.descriptor) } } }

  /// The sockets that nobody has taken.
  var all: [(socket: ListeningSocket, descriptor: CInt)] { sockets.withLock { $0 } }

  /// Removes the files of Unix sockets that nobody has taken, unless another server has put its own there.
  func removeFiles() {
    for (socket, _) in all where socket.kind == .unix {
      if let file = socket.file { UnixSocket.removeFile(at: socket.address, if: file) }
    }
  }

  /// Takes out the descriptor of the first socket that satisfies `matches`, which is the caller's from now on; returns
  /// `nil` if there is none.
  func take(where matches: (ListeningSocket) -> Bool) -> CInt? {
    sockets.withLock { sockets in
      sockets.firstIndex { matches($0.socket) }.map { sockets.remove(at: $0).descriptor }
    }
  }
}
