import Errors
import Foundation

/// A connection between two daemons, one of which replaces the other: lines, with attached descriptors (`SCM_RIGHTS`).
/// Its calls block, but not beyond a deadline. For one thread at a time.
final class HandoverConnection: @unchecked Sendable {
  /// Why the handover can't continue.
  enum Failure: Error, CustomStringConvertible {
    /// The stream has ended.
    case ended
    /// Nothing arrived, or was taken, in time.
    case late
    /// This daemon is stopping.
    case interrupted
    /// The line is not a ``HandoverWord``, or not the expected one.
    case notUnderstood
    /// One of the daemons refuses, for this reason.
    case refused(String)
    /// A system call failed.
    case system(call: String, number: CInt)

    var description: String {
      switch self {
      case .ended: "the other process has ended the connection"
      case .late: "the other process did not answer in time"
      case .interrupted: "this daemon was told to stop"
      case .notUnderstood: "the other process sent an unknown message"
      case .refused(let reason): "refused: \(reason)"
      case .system(let call, let number): "\(call): \(SystemError(number))"
      }
    }
  }

  private let descriptor: CInt
  /// A descriptor that becomes readable once waiting must end; -1 for never.
  private let interruption: CInt
  /// Bytes received and not yet handed out.
  private var bytes: [UInt8] = []
  private var descriptors: [CInt] = []

  /// Takes over `descriptor`. Waiting ends once `interruption` is readable.
  init(_ descriptor: CInt, interruption: CInt = -1) {
    self.descriptor = descriptor
    self.interruption = interruption
  }

  deinit {
    for descriptor in descriptors { close(descriptor) }
    close(descriptor)
  }

  /// Connects to the Unix socket at `path`; `nil` if nobody listens there.
  init?(to path: String) throws(DaemonError) {
    guard let socket = try UnixSocket.connection(to: path) else { return nil }
    descriptor = socket
    interruption = -1
  }

  /// The user of the peer process; `nil` if the system can't tell.
  var peerUser: uid_t? { peer.map { $0.user } }
  /// The peer process; `nil` if the system can't tell.
  var peerProcess: pid_t? { peer.map { $0.process } }

  private var peer: (process: pid_t, user: uid_t)? {
    // The process, the user and the group: struct ucred.
    var numbers: [UInt32] = [0, 0, 0]
    var length = socklen_t(numbers.count * MemoryLayout<UInt32>.size)
    guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &numbers, &length) == 0 else {
      return nil
    }
    return (pid_t(bitPattern: numbers[0]), uid_t(numbers[1]))
  }

  // MARK: - Sending

  /// Sends `word`, with `descriptors`, which stay the caller's, attached to its first byte.
  func send(
    _ word: HandoverWord, _ descriptors: [CInt] = [], within limit: Duration
  ) throws(Failure) {
    let deadline = ContinuousClock.now + limit
    let line = Array((word.line.replacing("\n", with: " ") + "\n").utf8)
    var sent = 0
    while sent < line.count {
      try wait(for: Int16(POLLOUT), until: deadline)
      sent += try send(line[sent...], sent == 0 ? descriptors : [])
    }
  }

  private func send(_ bytes: ArraySlice<UInt8>, _ descriptors: [CInt]) throws(Failure) -> Int {
    var control = ControlMessage.carrying(descriptors)
    let (count, number) = bytes.withUnsafeBytes { bytes in
      control.withUnsafeMutableBytes { control in
        var part = iovec(
          iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
        return withUnsafeMutablePointer(to: &part) { part in
          var message = msghdr()
          message.msg_iov = part
          message.msg_iovlen = 1
          if !descriptors.isEmpty {
            message.msg_control = control.baseAddress
            message.msg_controllen = control.count
          }
          let count = sendmsg(
            descriptor, &message, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
          return (count, errno)
        }
      }
    }
    guard count < 0 else { return count }
    switch number {
    case EAGAIN, EINTR: return 0
    case EPIPE, ECONNRESET: throw .ended
    default: throw .system(call: "sendmsg", number: number)
    }
  }

  // MARK: - Receiving

  /// Receives the next word, which must be `expected`.
  func receive(_ expected: HandoverWord, within limit: Duration) throws(Failure) {
    guard try receive(within: limit) == expected else { throw .notUnderstood }
  }

  /// Receives the next word. Throws at the end of the stream, and if the other daemon refuses.
  func receive(within limit: Duration) throws(Failure) -> HandoverWord {
    let deadline = ContinuousClock.now + limit
    while true {
      if let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: bytes[..<end], as: UTF8.self)
        bytes.removeSubrange(...end)
        switch HandoverWord(line) {
        case nil: throw .notUnderstood
        case .refused(let reason): throw .refused(reason)
        case let word?: return word
        }
      }
      guard bytes.count < HandoverWord.byteLimit else { throw .notUnderstood }
      try wait(for: Int16(POLLIN), until: deadline)
      try receiveWhatCame()
    }
  }

  /// Returns the descriptors received so far, which are the caller's from now on.
  func takeDescriptors() -> [CInt] {
    defer { descriptors = [] }
    return descriptors
  }

  private func receiveWhatCame() throws(Failure) {
    var part = [UInt8](repeating: 0, count: 8192)
    var control = ControlMessage.room(for: HandoverWord.descriptorLimit)
    let (count, controlCount, flags, number) = part.withUnsafeMutableBytes { part in
      control.withUnsafeMutableBytes { control in
        var vector = iovec(iov_base: part.baseAddress, iov_len: part.count)
        return withUnsafeMutablePointer(to: &vector) { vector in
          var message = msghdr()
          message.msg_iov = vector
          message.msg_iovlen = 1
          message.msg_control = control.baseAddress
          message.msg_controllen = control.count
          let count = recvmsg(
            descriptor, &message,
            Int32(MSG_CMSG_CLOEXEC) | Int32(MSG_DONTWAIT))
          return (count, message.msg_controllen, message.msg_flags, errno)
        }
      }
    }
    guard count >= 0 else {
      switch number {
      case EAGAIN, EINTR: return
      case ECONNRESET: throw .ended
      default: throw .system(call: "recvmsg", number: number)
      }
    }
    descriptors += ControlMessage.descriptors(in: control[..<controlCount])
    guard count > 0 else { throw .ended }
    // More descriptors than allowed, of which the system has closed the rest.
    guard Int32(flags) & Int32(MSG_CTRUNC) == 0,
      descriptors.count <= HandoverWord.descriptorLimit
    else { throw .notUnderstood }
    bytes += part[..<count]
  }

  /// Waits until the socket is readable or writable. What is there already counts, however late it is.
  private func wait(
    for events: Int16, until deadline: ContinuousClock.Instant
  ) throws(Failure) {
    while true {
      let milliseconds = max(.zero, deadline - .now) / .milliseconds(1)
      var sockets = [
        pollfd(fd: descriptor, events: events, revents: 0),
        pollfd(fd: interruption, events: Int16(POLLIN), revents: 0),
      ]
      let count = poll(&sockets, nfds_t(sockets.count), CInt(milliseconds.rounded(.up)))
      if count < 0, errno != EINTR { throw .system(call: "poll", number: errno) }
      if count > 0, sockets[1].revents != 0 { throw .interrupted }
      if count > 0 { return }
      if count == 0, deadline <= .now { throw .late }
    }
  }
}

/// Descriptors attached to a message, as `cmsg(3)` lays them out: a header, then 4 bytes for each, padded to 8.
private enum ControlMessage {
  private static let headerSize = MemoryLayout<cmsghdr>.size

  /// Returns a buffer for `count` descriptors.
  static func room(for count: Int) -> [UInt8] {
    let size = count * MemoryLayout<CInt>.size
    return [UInt8](repeating: 0, count: headerSize + (size + 7) / 8 * 8)
  }

  static func carrying(_ descriptors: [CInt]) -> [UInt8] {
    var bytes = room(for: descriptors.count)
    bytes.withUnsafeMutableBytes { bytes in
      var header = cmsghdr()
      header.cmsg_len = headerSize + descriptors.count * MemoryLayout<CInt>.size
      header.cmsg_level = SOL_SOCKET
      header.cmsg_type = CInt(SCM_RIGHTS)
      bytes.storeBytes(of: header, as: cmsghdr.self)
      for (place, descriptor) in descriptors.enumerated() {
        bytes.storeBytes(
          of: descriptor, toByteOffset: headerSize + place * MemoryLayout<CInt>.size, as: CInt.self)
      }
    }
    return bytes
  }

  /// Returns the descriptors in what `recvmsg` has written.
  static func descriptors(in control: ArraySlice<UInt8>) -> [CInt] {
    control.withUnsafeBytes { bytes in
      guard bytes.count >= headerSize else { return [] }
      let header = bytes.loadUnaligned(as: cmsghdr.self)
      guard header.cmsg_level == SOL_SOCKET, header.cmsg_type == CInt(SCM_RIGHTS) else {
        return []
      }
      let end = min(bytes.count, Int(header.cmsg_len))
      return stride(from: headerSize, to: end, by: MemoryLayout<CInt>.size).map {
        bytes.loadUnaligned(fromByteOffset: $0, as: CInt.self)
      }
    }
  }
}
