import Errors
import NIOCore

/// An address that a server listens on.
package enum ListenAddress: Sendable, Equatable, CustomStringConvertible {
  /// A host name or address of this machine, and a port; with port 0 the system chooses one.
  case tcp(host: String, port: Int)
  /// A host name or address and a port, for clients that begin with TLS.
  case tls(host: String, port: Int)
  /// The path of a Unix socket, which is created.
  case unix(path: String)
  /// A listening socket that was handed over (``ServiceManager``), for clients that begin with TLS if it `isEncrypted`.
  case passed(descriptor: CInt, isEncrypted: Bool)

  /// Parses `HOST:PORT`, with an IPv6 host in brackets.
  package init(tcp text: String) throws(DaemonError) {
    let (host, port) = try Self.read(text)
    self = .tcp(host: host, port: port)
  }

  /// Parses `HOST:PORT` for TLS, with an IPv6 host in brackets.
  package init(tls text: String) throws(DaemonError) {
    let (host, port) = try Self.read(text)
    self = .tls(host: host, port: port)
  }

  private static func read(_ text: String) throws(DaemonError) -> (host: String, port: Int) {
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
    return (host, Int(port))
  }

  /// The address as a client writes it.
  package var description: String {
    switch self {
    case .tcp(let host, let port), .tls(let host, let port):
      host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): path
    case .passed(let descriptor, _): "descriptor \(descriptor)"
    }
  }

  /// Whether clients begin with TLS.
  package var isEncrypted: Bool {
    switch self {
    case .tls: true
    case .passed(_, let isEncrypted): isEncrypted
    case .tcp, .unix: false
    }
  }
}
