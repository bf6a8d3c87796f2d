import Foundation
package import NIOCore

/// A client as limits by address count it: an IPv4 address, the /64 network of an IPv6 address (every customer has
/// one), or everybody at the Unix socket.
package struct ClientAddress: Hashable, Sendable, CustomStringConvertible {
  /// The first and last eight bytes of the address, IPv4 in its IPv6-mapped form; both 0 for the Unix socket.
  private let high: UInt64
  private let low: UInt64

  /// All clients of the Unix socket.
  package static let local = ClientAddress(high: 0, low: 0)

  private init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

  /// Creates the client address of a connection from `address`; `nil`, if that is unknown, is the Unix socket.
  package init(_ address: SocketAddress?) {
    let bytes = address?.hostBytes ?? []
    guard bytes.count == 16 else {
      self = .local
      return
    }
    high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    let rest = bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
    // IPv4 addresses are mapped into ::ffff:0:0/96, and each is a client of its own.
    low = high == 0 ? rest : 0
  }
}

extension ClientAddress {
  package var description: String {
    guard self != .local else { return "the Unix socket" }
    let bytes = withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Array($0) }
    let isIPv4 = high == 0 && low >> 32 == 0xFFFF
    let packed = ByteBuffer(bytes: isIPv4 ? bytes.suffix(4) : bytes[...])
    let text = (try? SocketAddress(packedIPAddress: packed, port: 0))?.ipAddress ?? "?"
    return isIPv4 || high == 0 ? text : "\(text)/64"
  }
}

extension SocketAddress {
  /// Whether only programs on this machine can reach it: loopback, or a Unix socket.
  package var isPrivate: Bool {
    guard let bytes = hostBytes else { return true }
    let isIPv4 = bytes.prefix(12) == Self.ipv4Prefix[...]
    return isIPv4 ? bytes[12] == 127 : bytes == Self.ipv6Loopback
  }

  /// The sixteen bytes of the host, IPv4 in its IPv6-mapped form; `nil` for a Unix socket.
  fileprivate var hostBytes: [UInt8]? {
    switch self {
    case .v4(let address):
      Self.ipv4Prefix + withUnsafeBytes(of: address.address.sin_addr) { Array($0) }
    case .v6(let address): withUnsafeBytes(of: address.address.sin6_addr) { Array($0) }
    case .unixDomainSocket: nil
    }
  }

  /// ::ffff:0:0/96.
  private static let ipv4Prefix = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
  private static let ipv6Loopback = [UInt8](repeating: 0, count: 15) + [1]
}
