import Errors
import Foundation
import NIOCore

/// A Unix socket and its file. The file is created for its owner alone before others get access, over one that a dead
/// server left, and removed only if it is still the same. A lock beside it makes one server at a time do either.
package struct UnixSocket: Sendable {
  /// Who may connect: whoever may write to the file.
  package struct Rights: Sendable, Equatable {
    /// The mode bits, as for `chmod`.
    package var mode: UInt32
    /// The ID of the file's group; `nil` for that of the process.
    package var group: UInt32?

    /// Creates rights, by default for the owner alone.
    package init(mode: UInt32 = 0o600, group: UInt32? = nil) {
      self.mode = mode
      self.group = group
    }
  }

  let path: String
  /// The socket, bound and listening.
  let descriptor: CInt
  private let file: FileIdentity
  private let rights: Rights
  /// Whether another server has created it.
  let isInherited: Bool

  /// Binds a socket to `path` and listens. A socket file there that nobody listens on is replaced; any
  /// other file is an error.
  init(path: String, _ rights: Rights = Rights()) throws(DaemonError) {
    let address = try Self.address(path)
    let lock = try SocketFileLock(beside: path)
    defer { withExtendedLifetime(lock) {} }
    try Self.removeStaleFile(at: path)
    let descriptor = try Self.open(path)
    do throws(DaemonError) {
      // The file takes its mode from the socket: at no moment may others connect.
      guard fchmod(descriptor, S_IRUSR | S_IWUSR) == 0 else { throw .system("fchmod", path) }
      guard address.withSockAddr({ bind(descriptor, $0, socklen_t($1)) }) == 0 else {
        throw .system("bind", path)
      }
      do throws(DaemonError) { try Self.give(path, rights) } catch {
        unlink(path)
        throw error
      }
      // Before the lock is released: a socket that nobody listens on yet looks like one that a dead server left.
      guard listen(descriptor, Listening.backlog) == 0 else { throw .system("listen", path) }
      guard let file = FileIdentity(of: path) else { throw .system("lstat", path) }
      self.path = path
      self.descriptor = descriptor
      self.file = file
      self.rights = rights
      isInherited = false
    } catch {
      close(descriptor)
      throw error
    }
  }

  /// Takes the socket of the file at `path` from those that another server hands over; `nil` if there is none. The file
  /// keeps the other server's rights until ``giveAsConfigured()``.
  init?(
    path: String, _ rights: Rights = Rights(), among sockets: ListeningSockets,
    as kind: ListeningSocket.Kind = .unix
  ) {
    guard let file = FileIdentity(of: path),
      let descriptor = sockets.take(where: { $0.kind == kind && $0.file == file })
    else { return nil }
    self.path = path
    self.descriptor = descriptor
    self.file = file
    self.rights = rights
    isInherited = true
  }

  /// Gives the file its configured rights.
  func giveAsConfigured() throws(DaemonError) { try Self.give(path, rights) }

  /// Returns the description of the socket for another server.
  func listening(as kind: ListeningSocket.Kind) -> ListeningSocket {
    ListeningSocket(kind: kind, address: path, file: file)
  }

  /// Gives the file its `rights`: the group first, so that no other group may ever connect.
  private static func give(_ path: String, _ rights: Rights) throws(DaemonError) {
    do throws(DaemonError) {
      if let group = rights.group {
        guard lchown(path, uid_t.max, group) == 0 else { throw .system("chown", path) }
      }
      guard chmod(path, rights.mode) == 0 else { throw .system("chmod", path) }
    } catch {
      throw error.code != .notPermitted
        ? error
        : DaemonError(
          .notPermitted, "the socket's group can't be changed", place: path,
          remedy: "Name a group that the server's user is in, or start it as root.")
    }
  }

  /// Sets how many clients the system queues until they are accepted; has no effect if it refuses.
  func setBacklog(_ count: Int32) { _ = listen(descriptor, count) }

  /// Removes the file, unless another server has put its own there.
  func removeFile() { Self.removeFile(at: path, if: file) }

  /// Removes the file at `path` if it is `file`.
  static func removeFile(at path: String, if file: FileIdentity) {
    // If another server holds the lock for that long, it finds the file stale and replaces it.
    guard let lock = try? SocketFileLock(beside: path) else { return }
    defer { withExtendedLifetime(lock) {} }
    guard FileIdentity(of: path) == file else { return }
    unlink(path)
  }

  /// Connects to whoever listens at `path`, waiting up to ``connectionSeconds`` if nobody is accepted there; returns
  /// `nil` if nobody listens.
  static func connection(to path: String) throws(DaemonError) -> CInt? {
    switch try reach(path, within: connectionSeconds) {
    case .connected(let descriptor): descriptor
    case .nobody: nil
    case .full: throw .system("connect", path, EAGAIN)
    }
  }

  /// How long to try to connect to a server that accepts nobody.
  private static let connectionSeconds = 10

  /// The result of an attempt to connect to a path.
  private enum Reach {
    case nobody
    /// A listener whose queue is full.
    case full
    /// A connection, whose descriptor is the caller's.
    case connected(CInt)
  }

  /// Connects to whoever listens at `path`; waits up to `seconds` for a place in a full queue, with 0 not at all.
  private static func reach(_ path: String, within seconds: Int) throws(DaemonError) -> Reach {
    let address = try address(path)
    let descriptor = try open(path)
    if seconds > 0 {
      var limit = timeval(tv_sec: seconds, tv_usec: 0)
      setsockopt(
        descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    } else {
      _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }
    if address.withSockAddr({ connect(descriptor, $0, socklen_t($1)) }) == 0 {
      return .connected(descriptor)
    }
    let number = errno
    close(descriptor)
    switch number {
    case EAGAIN: return .full
    case ECONNREFUSED, ENOENT: return .nobody
    default: throw .system("connect", path, number)
    }
  }

  private static func address(_ path: String) throws(DaemonError) -> SocketAddress {
    do { return try SocketAddress(unixDomainSocketPath: path) } catch {
      throw DaemonError(
        .badAddress, "the path is too long for a socket", place: path,
        remedy: "Use one of at most 107 bytes.")
    }
  }

  private static func open(_ path: String) throws(DaemonError) -> CInt {
    let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw .system("socket", path) }
    return descriptor
  }

  /// Returns whether somebody listens at `path`, even with a full queue. Does not wait, as others wait for the lock.
  private static func hasListener(_ path: String) throws(DaemonError) -> Bool {
    switch try reach(path, within: 0) {
    case .nobody: return false
    case .full: return true
    case .connected(let descriptor):
      close(descriptor)
      return true
    }
  }

  private static func removeStaleFile(at path: String) throws(DaemonError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw DaemonError(
        .addressInUse, "the path exists and is not a socket", place: path,
        remedy: "Choose another path, or remove the file.")
    }
    if try hasListener(path) {
      throw DaemonError(
        .addressInUse, "another server listens on this socket", place: path,
        remedy: "Stop it, or choose another path.")
    }
    guard unlink(path) == 0 || errno == ENOENT else { throw .system("unlink", path) }
  }
}

/// The lock of the one server that creates or removes the file of a socket: a lock on a file beside it, which is
/// removed with the lock.
private final class SocketFileLock {
  /// How long to wait for another server, which holds the lock for a few system calls only.
  private static let patience = Duration.seconds(5)

  private let path: String
  private let descriptor: CInt

  init(beside socket: String) throws(DaemonError) {
    path = socket + ".lock"
    let deadline = ContinuousClock.now + Self.patience
    while true {
      let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
      guard descriptor >= 0 else { throw .system("open", path) }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
        // The previous holder may have removed the file: then this lock protects nothing.
        if Self.isFile(descriptor, at: path) {
          self.descriptor = descriptor
          return
        }
        close(descriptor)
        continue
      }
      let number = errno
      close(descriptor)
      guard number == EWOULDBLOCK || number == EINTR else { throw .system("lock", path, number) }
      guard ContinuousClock.now < deadline else {
        throw DaemonError(
          .addressInUse, "another server is starting or stopping there", place: path,
          remedy: "Try again, or choose another path.")
      }
      usleep(10_000)
    }
  }

  deinit {
    unlink(path)
    close(descriptor)
  }

  private static func isFile(_ descriptor: CInt, at path: String) -> Bool {
    var held = stat()
    var named = stat()
    return fstat(descriptor, &held) == 0 && lstat(path, &named) == 0
      && held.st_dev == named.st_dev && held.st_ino == named.st_ino
  }
}

extension ExplainedError<DaemonErrorCode> {
  /// Returns the error for a system call that failed with the error number `number`.
  static func system(_ call: String, _ place: String, _ number: CInt = errno) -> DaemonError {
    switch number {
    case EADDRINUSE:
      DaemonError(
        .addressInUse, "another program listens there", place: place,
        remedy: "Stop it, or choose another address.")
    case EADDRNOTAVAIL:
      DaemonError(
        .badAddress, "this machine has no such address", place: place,
        remedy: "Use 127.0.0.1, or an address of this machine.")
    case EACCES, EPERM:
      DaemonError(
        .notPermitted, "listening there is not permitted", place: place,
        remedy: "Use a port from 1024 up, or a folder you can write to.")
    case ENOENT, ENOTDIR:
      DaemonError(
        .badAddress, "the folder of the socket does not exist", place: place,
        remedy: "Create it, or choose another path.")
    default:
      DaemonError(
        .failed, "\(call) failed: \(SystemError(number))", place: place,
        remedy: "Resolve the cause and start again.")
    }
  }
}
