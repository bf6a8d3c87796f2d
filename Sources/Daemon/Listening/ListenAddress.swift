import Errors
import NIOCore

/// Where a server listens.
package enum ListenAddress: Sendable, Equatable, CustomStringConvertible {
  /// A name or number of this machine, and a port; port 0 has the system choose one.
  case tcp(host: String, port: Int)
  /// The path of a Unix socket, which is made.
  case unix(path: String)

  /// Reads `HOST:PORT`, with an IPv6 host in brackets.
  package init(tcp text: String) throws(DaemonError) {
    guard let colon = text.lastIndex(of: ":"),
      let port = UInt16(text[text.index(after: colon)...])
    else { throw .badAddress(text) }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = String(host.dropFirst().dropLast())
    } else if host.contains(":") {
      throw .badAddress(text)
    }
    guard !host.isEmpty else { throw .badAddress(text) }
    self = .tcp(host: host, port: Int(port))
  }

  /// The address as a client writes it.
  package var description: String {
    switch self {
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): path
    }
  }
}

extension ListenAddress {
  /// Whether only programs on this machine reach it.
  var isPrivate: Bool {
    switch self {
    case .tcp(let host, _): host.hasPrefix("127.") || host == "::1" || host == "localhost"
    case .unix: true
    }
  }
}
