import Errors
package import NIOCore

/// A policy on where a server may listen, by whom it lets in: not beyond this machine for everybody, unless allowed
/// explicitly.
package struct ListenPolicy: Sendable {
  /// Whether clients have to log in.
  package var hasUsers: Bool
  /// Whether TLS clients have to present a certificate.
  package var requiresCertificates: Bool
  /// Whether letting everybody in is allowed explicitly.
  package var isInsecure: Bool

  package init(
    hasUsers: Bool = false, requiresCertificates: Bool = false, isInsecure: Bool = false
  ) {
    self.hasUsers = hasUsers
    self.requiresCertificates = requiresCertificates
    self.isInsecure = isInsecure
  }

  /// Returns whether clients that reach `address` have to authenticate.
  func isGuarded(_ address: ListenAddress) -> Bool {
    hasUsers || requiresCertificates && address.isEncrypted
  }

  /// Throws if other machines reach `resolved`, the resolved `address`, and everybody would be let in.
  package func check(
    _ resolved: SocketAddress, of address: ListenAddress
  ) throws(DaemonError) {
    guard !isGuarded(address), !isInsecure, !resolved.isPrivate else { return }
    throw DaemonError(
      .unguarded, "other machines can reach it without authentication",
      place: address.description,
      remedy: "Configure users, or listen on 127.0.0.1 or a Unix socket.")
  }
}
