import Foundation
package import NIOCore

/// Whom limits by address count as one client: an IPv4 address, the network of an IPv6 address (/64, as
/// every customer has one), or everybody at the Unix socket.
package struct ClientAddress: Hashable, Sendable, CustomStringConvertible {
  /// The address's first and last eight bytes, IPv4 as IPv6 has it; both 0 for the Unix socket.
  private let high: UInt64
  private let low: UInt64

  /// Everybody at the Unix socket.
  package static let local = ClientAddress(high: 0, low: 0)

  private init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

  /// Where a connection comes from; nil where that is not known, which is the Unix socket.
  package init(_ address: SocketAddress?) {
    let bytes = address?.hostBytes ?? []
    guard bytes.count == 16 else {
      self = .local
      return
    }
    high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    let rest = bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
    // IPv4 stands beneath ::ffff:0:0/96, where each address is somebody's own.
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
  /// Whether only programs on this machine reach it: loopback, or a Unix socket.
  package var isPrivate: Bool {
    guard let bytes = hostBytes else { return true }
    let isIPv4 = bytes.prefix(12) == Self.ipv4Prefix[...]
    return isIPv4 ? bytes[12] == 127 : bytes == Self.ipv6Loopback
  }

  /// The sixteen bytes of the host, IPv4 as IPv6 has it; nil of a Unix socket.
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
