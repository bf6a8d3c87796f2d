import Errors
package import NIOCore

/// Where a server may listen, by whom it lets in: beyond this machine not for everybody, unless it is told to.
package struct ListenPolicy: Sendable {
  /// Whether clients have to say who they are.
  package var hasUsers: Bool
  /// Whether those that come by TLS have to show a certificate.
  package var requiresCertificates: Bool
  /// Whether it is told to let everybody in.
  package var isInsecure: Bool

  package init(
    hasUsers: Bool = false, requiresCertificates: Bool = false, isInsecure: Bool = false
  ) {
    self.hasUsers = hasUsers
    self.requiresCertificates = requiresCertificates
    self.isInsecure = isInsecure
  }

  /// Whether not everybody who reaches `address` is let in.
  func isGuarded(_ address: ListenAddress) -> Bool {
    hasUsers || requiresCertificates && address.isEncrypted
  }

  /// Throws where everybody who reaches `resolved`, which `address` means, would be let in, and others than programs on this machine do.
  package func check(
    _ resolved: SocketAddress, of address: ListenAddress
  ) throws(DaemonError) {
    guard !isGuarded(address), !isInsecure, !resolved.isPrivate else { return }
    throw DaemonError(
      .unguarded, "other machines reach it, and whoever does could ask anything",
      place: address.description,
      remedy: "Name the users who may, or listen on 127.0.0.1 or a Unix socket.")
  }
}
