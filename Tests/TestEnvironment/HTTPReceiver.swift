import Foundation

/// An HTTP server on the loopback interface, on its own threads. It stores requests and answers in the given manner.
///
/// `@unchecked Sendable`: what was received is guarded by a condition; the descriptor is constant.
package final class HTTPReceiver: @unchecked Sendable {
  /// What the server does with a request.
  package enum Manner: Sendable {
    /// Answers with a status.
    case answering(Int)
    /// Reads the request and never answers.
    case hanging
    /// Closes the connection without an answer.
    case closing
  }

  /// A received request.
  package struct Request: Sendable {
    /// The request line, such as `POST /path HTTP/1.1`, and the headers, one per line.
    package let head: String
    package let body: String
  }

  /// The port it listens on.
  package let port: Int
  private let listener: Int32
  private let manner: Manner
  private let changed = NSCondition()
  private var received: [Request] = []
  private var open: [Int32] = []

  /// Starts listening on a free port.
  package init(_ manner: Manner) throws {
    self.manner = manner
    let descriptor = socket(
      AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    listener = descriptor
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> Int32 in
        guard bind(descriptor, address, length) == 0, listen(descriptor, 16) == 0 else { return -1 }
        return getsockname(descriptor, address, &length)
      }
    }
    guard status == 0 else { throw SocketClient.Failure(call: "listen", number: errno) }
    port = Int(UInt16(bigEndian: address.sin_port))
    Thread.detachNewThread { [weak self] in
      while true {
        let client = accept(descriptor, nil, nil)
        guard client >= 0 else { return }
        guard let self else {
          close(client)
          return
        }
        self.take(client)
      }
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
    for client in open { close(client) }
  }

  /// The requests received so far.
  package var requests: [Request] {
    changed.lock()
    defer { changed.unlock() }
    return received
  }

  private func take(_ client: Int32) {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65_536)
    var request: Request?
    while request == nil {
      let count = recv(client, &piece, piece.count, 0)
      guard count > 0 else { break }
      bytes += piece[..<count]
      request = Self.request(in: bytes)
    }
    changed.lock()
    if let request { received.append(request) }
    changed.broadcast()
    changed.unlock()
    switch manner {
    case .answering(let status):
      let answer = Array(
        "HTTP/1.1 \(status) Said\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok".utf8)
      _ = send(client, answer, answer.count, Int32(MSG_NOSIGNAL))
      close(client)
    case .hanging:
      changed.lock()
      open.append(client)
      changed.unlock()
    case .closing: close(client)
    }
  }

  /// Returns the request in `bytes`; nil while it is incomplete.
  private static func request(in bytes: [UInt8]) -> Request? {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
    let head = String(text[..<end.lowerBound])
    let length = head.firstMatch(of: #/(?i)content-length: (\d+)/#).flatMap { Int($0.1) } ?? 0
    let body = String(text[end.upperBound...])
    return body.utf8.count >= length ? Request(head: head, body: body) : nil
  }
}
