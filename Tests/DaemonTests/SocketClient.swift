import Daemon
import Foundation

/// A client on a real socket that blocks; waits at most 20 seconds for anything.
final class SocketClient {
  struct Failure: Error { let call: String, number: Int32 }

  private let descriptor: Int32
  private var buffer: [UInt8] = []

  init(_ address: ListenAddress, receiveBuffer: Int32? = nil) throws {
    switch address {
    case .tcp(_, let port):
      descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var target = sockaddr_in()
      target.sin_family = sa_family_t(AF_INET)
      target.sin_port = UInt16(port).bigEndian
      target.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      try prepare(receiveBuffer)
      try withUnsafePointer(to: &target) {
        try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          try check("connect", connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)))
        }
      }
    case .unix(let path):
      descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      var target = sockaddr_un()
      target.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: path.utf8) }
      try prepare(receiveBuffer)
      try withUnsafePointer(to: &target) {
        try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          try check("connect", connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)))
        }
      }
    }
  }

  deinit { close(descriptor) }

  func send(_ text: String) throws { try send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      try check("send", count)
      sent += count
    }
  }

  /// Closes the writing side.
  func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// The next `count` bytes; fewer at the end of the stream.
  func receive(_ count: Int) throws -> [UInt8] {
    while buffer.count < count, try receiveMore() {}
    defer { buffer.removeFirst(min(count, buffer.count)) }
    return Array(buffer.prefix(count))
  }

  /// The next line without its end; nil at the end of the stream.
  func receiveLine() throws -> String? {
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

  /// All that comes until the end of the stream.
  func receiveAll() throws -> [UInt8] {
    while try receiveMore() {}
    defer { buffer = [] }
    return buffer
  }

  private func receiveMore() throws -> Bool {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &chunk, chunk.count, 0)
    try check("recv", count)
    buffer += chunk[..<count]
    return count > 0
  }

  private func prepare(_ receiveBuffer: Int32?) throws {
    var limit = timeval(tv_sec: 20, tv_usec: 0)
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

/// Runs `body`, which blocks, on a thread of its own.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws
  -> Result
{
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Swift.Result(catching: body)) }
  }
}
