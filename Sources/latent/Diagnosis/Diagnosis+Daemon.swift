import Foundation

extension Diagnosis {
  /// Whether a daemon answers at `address`, HOST:PORT.
  mutating func checkDaemon(at address: String) {
    guard let colon = address.lastIndex(of: ":"),
      let port = UInt16(address[address.index(after: colon)...])
    else {
      note("daemon", .wrong, "\(address) is no address: give HOST:PORT.")
      return
    }
    let host = address[..<colon].trimmingCharacters(in: ["[", "]"])
    switch DaemonProbe.ask(host: host, port: port) {
    case .answer(let answer) where answer.hasPrefix("\"PONG\""):
      note("daemon", .good, "answers at \(address)")
    case .answer(let answer):
      note(
        "daemon", .wrong,
        "something else than latent listens at \(address): it answers "
          + "\"\(answer.prefix(40).unicodeScalars.map { $0.escaped(asASCII: true) }.joined())\". "
          + "Say where the daemon is with --daemon, or have it listen elsewhere.")
    case .silence:
      note(
        "daemon", .wrong,
        "what listens at \(address) does not answer within \(DaemonProbe.patience) s. See its log.")
    case .nobody(let reason):
      note(
        "daemon", .absent,
        "nobody answers at \(address) (\(reason)). Start one with `latent serve`.")
    }
  }
}

/// A question to whoever listens at an address.
private enum DaemonProbe {
  enum Answer {
    case answer(String)
    case silence
    case nobody(String)
  }

  /// Seconds to wait.
  static let patience = 5

  static func ask(host: String, port: UInt16) -> Answer {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, String(port), &hints, &found)
    guard code == 0, let found else { return .nobody(String(cString: gai_strerror(code))) }
    defer { freeaddrinfo(found) }
    let descriptor = socket(found.pointee.ai_family, found.pointee.ai_socktype, 0)
    guard descriptor >= 0 else { return .nobody(String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var limit = timeval(tv_sec: patience, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
    guard connect(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0 else {
      return .nobody(String(cString: strerror(errno)))
    }
    let question = Array("PING\nQUIT\n".utf8)
    guard send(descriptor, question, question.count, Int32(MSG_NOSIGNAL)) == question.count
    else {
      return .silence
    }
    var answer = [UInt8](repeating: 0, count: 256)
    let count = recv(descriptor, &answer, answer.count, 0)
    return count > 0 ? .answer(String(decoding: answer.prefix(count), as: UTF8.self)) : .silence
  }
}
