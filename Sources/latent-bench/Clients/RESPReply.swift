/// A reply as a Redis client parses it (RESP2).
enum RESPReply: Equatable {
  case word(String)
  case error(String)
  case integer(Int)
  /// A bulk string; nil is the null bulk string.
  case text(String?)
  case array([RESPReply])

  /// The maximum nesting depth of arrays.
  private static let depthLimit = 8

  /// Reads the next reply from `socket`. Throws ``SocketFailure`` at the end of the stream, and ``ChildFailure`` if the
  /// data is not a reply.
  init(from socket: ClientSocket, depth: Int = 0) throws {
    let line = String(decoding: try socket.receiveLine(), as: UTF8.self)
    let content = String(line.dropFirst().dropLast(line.hasSuffix("\r") ? 1 : 0))
    let count = Int(content)
    switch (line.first, count) {
    case ("+", _): self = .word(content)
    case ("-", _): self = .error(content)
    case (":", let count?): self = .integer(count)
    case ("$", -1): self = .text(nil)
    case ("$", let count?) where count >= 0:
      self = .text(String(decoding: try socket.receive(count + 2).dropLast(2), as: UTF8.self))
    case ("*", let count?) where count >= 0 && depth < Self.depthLimit:
      self = .array(try (0..<count).map { _ in try RESPReply(from: socket, depth: depth + 1) })
    default: throw ChildFailure(description: "not a RESP reply: \(line.prefix(200))")
    }
  }

  /// Returns a request with the given words.
  static func request(_ words: [String]) -> String {
    words.reduce("*\(words.count)\r\n") { $0 + "$\($1.utf8.count)\r\n\($1)\r\n" }
  }

  /// The value of a bulk string; nil for any other reply.
  var text: String? { if case .text(let text) = self { text } else { nil } }

  /// The array as a dictionary, its elements being alternating names and values.
  var fields: [String: RESPReply]? {
    guard case .array(let elements) = self, elements.count.isMultiple(of: 2) else { return nil }
    var fields: [String: RESPReply] = [:]
    for index in stride(from: 0, to: elements.count, by: 2) {
      guard let name = elements[index].text else { return nil }
      fields[name] = elements[index + 1]
    }
    return fields
  }
}

extension RESPReply: CustomStringConvertible {
  var description: String {
    switch self {
    case .word(let word): word
    case .error(let error): "error \(error)"
    case .integer(let integer): String(integer)
    case .text(let text): text.map { "'\($0)'" } ?? "nothing"
    case .array(let elements): "\(elements)"
    }
  }
}
