import Errors
import Foundation

/// A request over TCP to the program that listens at an address.
enum SocketProbe {
  /// The result of a request.
  enum Reply {
    case text(String)
    /// A program listens, but does not answer within ``patience``.
    case silence
    /// No program listens, for this reason.
    case nobody(String)
  }

  /// The timeout in seconds.
  static let patience = 5
  /// The maximum number of bytes to read of an answer.
  private static let byteLimit = 1 << 16

  /// Parses `address`, HOST:PORT; returns nil if it is not an address.
  static func place(_ address: String) -> (host: String, port: UInt16)? {
    guard let colon = address.lastIndex(of: ":"),
      let port = UInt16(address[address.index(after: colon)...])
    else { return nil }
    return (address[..<colon].trimmingCharacters(in: ["[", "]"]), port)
  }

  /// Sends `question`, and reads until the answer `isWhole`, the stream ends, or the timeout expires.
  static func ask(
    _ place: (host: String, port: UInt16), _ question: String, isWhole: ([UInt8]) -> Bool
  ) -> Reply {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(place.host, String(place.port), &hints, &found)
    guard code == 0, let found else { return .nobody(String(cString: gai_strerror(code))) }
    defer { freeaddrinfo(found) }
    let descriptor = socket(found.pointee.ai_family, found.pointee.ai_socktype, 0)
    guard descriptor >= 0 else { return .nobody(SystemError().description) }
    defer { close(descriptor) }
    var limit = timeval(tv_sec: patience, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
    guard connect(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0 else {
      return .nobody(SystemError().description)
    }
    let bytes = Array(question.utf8)
    guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
      return .silence
    }
    let answer = answer(from: descriptor, isWhole: isWhole)
    return answer.isEmpty ? .silence : .text(String(decoding: answer, as: UTF8.self))
  }

  private static func answer(from descriptor: CInt, isWhole: ([UInt8]) -> Bool) -> [UInt8] {
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    let deadline = ContinuousClock().now + .seconds(patience)
    while answer.count < byteLimit, !isWhole(answer), ContinuousClock().now < deadline {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { break }
      answer += buffer[..<count]
    }
    return answer
  }
}

extension String {
  /// The beginning of an unknown program's answer, as one line of ASCII.
  var shownFromStranger: String {
    prefix(40).unicodeScalars.map { $0.escaped(asASCII: true) }.joined()
  }
}
