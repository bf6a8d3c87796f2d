import Errors
import Foundation
import Synchronization

/// Counts of connections and of the bytes sent and received over them, updated during the transfer.
final class Traffic: Sendable {
  let connections = Atomic(0)
  let sentBytes = Atomic(0)
  let receivedBytes = Atomic(0)
}

/// A socket call that failed, timed out or reached the end of the stream.
struct SocketFailure: Error, CustomStringConvertible {
  let call: String
  /// The `errno` value; 0 at the end of the stream.
  let number: Int32

  var isTimeout: Bool { number == EAGAIN || number == EINPROGRESS }
  /// Whether the peer closed or reset the connection.
  var isEndOfStream: Bool { [0, ECONNRESET, EPIPE].contains(number) && call != "connect" }
  var description: String {
    number == 0
      ? "the connection was closed"
      : "\(call): \(isTimeout ? "timed out" : "\(SystemError(number))")"
  }
}

/// A blocking TCP connection to the loopback interface. Calls block for at most the connection's timeout, except those
/// documented not to wait.
final class ClientSocket {
  let descriptor: Int32
  private let traffic: Traffic?
  private var buffer: [UInt8] = []
  /// The offset in `buffer` of the first byte not yet returned.
  private var start = 0

  /// Connects to `port`. Connecting and every later call time out after `patience` seconds. Bytes transferred are added
  /// to `traffic`. `receiveBuffer` is the size in bytes of the kernel's receive buffer.
  init(
    port: Int, patience: Double = 30, traffic: Traffic? = nil, receiveBuffer: Int32? = nil
  ) throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw SocketFailure(call: "socket", number: errno) }
    self.descriptor = descriptor
    self.traffic = traffic
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    let whole = Int(patience)
    var limit = timeval(tv_sec: whole, tv_usec: Int((patience - Double(whole)) * 1e6))
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
    if var receiveBuffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, 4) }
    var isOn: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn, 4)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    // If a class's initialiser throws once all properties are set, `deinit` runs; it closes the socket.
    guard result == 0 else { throw SocketFailure(call: "connect", number: errno) }
    traffic?.connections.add(1, ordering: .relaxed)
  }

  deinit { close(descriptor) }

  /// Sends all of `text`.
  func send(_ text: String) throws { try send(Array(text.utf8)) }

  /// Sends all of `bytes`.
  func send(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count { sent += try send(bytes[sent...], flags: 0) }
  }

  /// Sends as much of `bytes` as the system accepts without waiting, and returns the number of bytes.
  func sendNow(_ bytes: ArraySlice<UInt8>) throws -> Int {
    do { return try send(bytes, flags: Int32(MSG_DONTWAIT)) } catch let failure
      as SocketFailure where failure.isTimeout
    { return 0 }
  }

  private func send(_ bytes: ArraySlice<UInt8>, flags: Int32) throws -> Int {
    let count = bytes.withUnsafeBytes {
      Foundation.send(descriptor, $0.baseAddress, $0.count, flags | Int32(MSG_NOSIGNAL))
    }
    guard count >= 0 else { throw SocketFailure(call: "send", number: errno) }
    traffic?.sentBytes.add(count, ordering: .relaxed)
    return count
  }

  /// Discards received data, up to 256 KiB, without waiting. Throws at the end of the stream.
  func discardNow() throws {
    do { try receive(upTo: 262_144, flags: Int32(MSG_DONTWAIT)) } catch let failure
      as SocketFailure where failure.isTimeout
    {}
    buffer.removeAll(keepingCapacity: true)
    start = 0
  }

  /// Returns the next line without its terminator. Throws at the end of the stream.
  func receiveLine() throws -> [UInt8] {
    var searched = start
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        defer { start = end + 1 }
        return Array(buffer[start..<end])
      }
      buffer.removeSubrange(..<start)
      start = 0
      searched = buffer.count
      try receive(upTo: 65_536, flags: 0)
    }
  }

  /// Whether unreturned data is buffered. After ``receiveLine()`` has thrown, that is an unterminated line.
  var isWithinLine: Bool { start < buffer.count }

  /// Returns the next `count` bytes. Throws at the end of the stream.
  func receive(_ count: Int) throws -> [UInt8] {
    while buffer.count - start < count { try receive(upTo: 65_536, flags: 0) }
    defer { start += count }
    return Array(buffer[start..<start + count])
  }

  /// Appends received data to `buffer`. Throws at the end of the stream.
  private func receive(upTo limit: Int, flags: Int32) throws {
    let filled = buffer.count
    buffer.append(contentsOf: repeatElement(0, count: limit))
    let count = buffer.withUnsafeMutableBytes {
      recv(descriptor, $0.baseAddress.map { $0 + filled }, limit, flags)
    }
    let number = errno
    buffer.removeLast(limit - max(0, count))
    guard count != 0 else { throw SocketFailure(call: "recv", number: 0) }
    guard count > 0 else { throw SocketFailure(call: "recv", number: number) }
    traffic?.receivedBytes.add(count, ordering: .relaxed)
  }

  /// Closes the write side.
  func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Makes closing the connection reset it: data in flight is discarded, and the port is free at once.
  func resetAtEnd() {
    var rest = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &rest, socklen_t(MemoryLayout<linger>.size))
  }
}

extension ClientSocket {
  /// Raises this process's limit on open files to at least `count`; each connection takes one. Throws if the system
  /// does not allow it.
  static func allowOpenFiles(_ count: Int) throws {
    let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard getrlimit(kind, &limit) == 0, limit.rlim_cur < rlim_t(count) else { return }
    limit.rlim_cur = min(rlim_t(count), limit.rlim_max)
    guard limit.rlim_cur == rlim_t(count), setrlimit(kind, &limit) == 0 else {
      throw ChildFailure(
        description: "\(count) open files are needed; raise the limit: ulimit -n \(count)")
    }
  }
}
