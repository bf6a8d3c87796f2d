package import Foundation

/// A blocking client on a real socket. Operations time out after 60 seconds, because sanitizers are slow.
///
/// `@unchecked Sendable`: only one thread at a time receives and uses the buffer; sending and closing the write side
/// only pass the constant descriptor to the system.
package final class SocketClient: @unchecked Sendable {
  /// A system call that failed.
  package struct Failure: Error {
    package let call: String
    package let number: Int32

    /// Creates the failure of `call` with the given `errno` value.
    package init(call: String, number: Int32) {
      self.call = call
      self.number = number
    }
  }

  private let descriptor: Int32
  private var buffer: [UInt8] = []

  /// Connects to a port of the loopback interface. `receiveBuffer` is the size of the system's buffer.
  package init(port: Int, receiveBuffer: Int32? = nil) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    prepare(receiveBuffer)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try check("connect", result)
  }

  /// Connects to the Unix socket at `path`.
  package init(path: String, receiveBuffer: Int32? = nil) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    prepare(receiveBuffer)
    try check("connect", withUnixAddress(path) { connect(descriptor, $0, $1) })
  }

  deinit { close(descriptor) }

  /// Sends all of `text`.
  package func send(_ text: String) throws { try send(Array(text.utf8)) }

  /// Sends all of `bytes`.
  package func send(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      try check("send", count)
      sent += count
    }
  }

  /// Sends as much of `bytes` as the system accepts without waiting; returns false if that is not all.
  package func sendWithoutWaiting(_ bytes: [UInt8]) throws -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Foundation.send(
          descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
      }
      if count < 0, errno == EAGAIN { return false }
      try check("send", count)
      sent += count
    }
    return true
  }

  /// Makes the connection end with a reset when this client is deallocated.
  package func resetOnceGone() {
    var immediately = linger(l_onoff: 1, l_linger: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_LINGER, &immediately, socklen_t(MemoryLayout<linger>.size))
  }

  /// Closes the write side.
  package func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Waits for data without reading it, and returns whether any arrived. A client that closes with unread data resets
  /// the connection.
  package func hasReceived() throws -> Bool {
    var byte: UInt8 = 0
    let count = recv(descriptor, &byte, 1, Int32(MSG_PEEK))
    try check("recv", count)
    return count > 0
  }

  /// Returns the next `count` bytes; fewer at the end of the stream.
  package func receive(_ count: Int) throws -> [UInt8] {
    while buffer.count < count, try receiveMore() {}
    defer { buffer.removeFirst(min(count, buffer.count)) }
    return Array(buffer.prefix(count))
  }

  /// Returns the next line without its terminator; nil at the end of the stream.
  package func receiveLine() throws -> String? {
    var searched = 0
    while true {
      if let end = buffer[searched...].firstIndex(of: 0x0A) {
        defer { buffer.removeFirst(end + 1) }
        return String(decoding: buffer[..<end], as: UTF8.self)
      }
      searched = buffer.count
      guard try receiveMore() else { return nil }
    }
  }

  /// Returns everything received until the end of the stream.
  package func receiveAll() throws -> [UInt8] {
    while try receiveMore() {}
    defer { buffer = [] }
    return buffer
  }

  /// Sends `text`, closes the write side, and returns everything received, as `nc -N` does.
  package func ask(_ text: String) throws -> String {
    try send(text)
    finishSending()
    return String(decoding: try receiveAll(), as: UTF8.self)
  }

  private func receiveMore() throws -> Bool {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &chunk, chunk.count, 0)
    try check("recv", count)
    buffer += chunk[..<count]
    return count > 0
  }

  private func prepare(_ receiveBuffer: Int32?) {
    var limit = timeval(tv_sec: 60, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
    if var receiveBuffer {
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, 4)
    }
  }

  private func check(_ call: String, _ result: some BinaryInteger) throws {
    if result < 0 { throw Failure(call: call, number: errno) }
  }
}

/// Calls `body` with the address of the Unix socket at `path`, in the system's representation.
package func withUnixAddress<Result>(
  _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
) -> Result {
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  let capacity = MemoryLayout.size(ofValue: address.sun_path)
  precondition(path.utf8.count < capacity, "\(path) is too long for a socket")
  withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
  return withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
    }
  }
}

/// Runs `body`, which blocks, on a separate thread.
package func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result)
  async throws
  -> Result
{
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Swift.Result(catching: body)) }
  }
}
