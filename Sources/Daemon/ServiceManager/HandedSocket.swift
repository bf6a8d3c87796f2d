import Errors

/// A socket handed over by systemd or the like; its name tells which protocol clients speak.
package struct HandedSocket: Sendable, Equatable {
  /// Names for the line protocol: our own, and those that systemd gives by default (sd_listen_fds_with_names(3)).
  private static let plainNames: Set = ["tcp", "unix", "unknown", "stored", "connection"]
  private static let otherNames: Set = ["tls", "http", "https"]

  package let descriptor: CInt
  /// FileDescriptorName= of its unit: by default that of the unit itself, such as latent.socket.
  package let name: String

  package init(descriptor: CInt, name: String) {
    (self.descriptor, self.name) = (descriptor, name)
  }

  /// Whether clients begin with TLS.
  package var isEncrypted: Bool { name == "tls" || name == "https" }

  /// Whether they speak HTTP.
  package var isHTTP: Bool { name == "http" || name == "https" }

  /// The address that it listens on.
  package var address: ListenAddress { .passed(descriptor: descriptor, isEncrypted: isEncrypted) }

  /// Throws if the name is unknown: a port meant for TLS must not be served without.
  package func checkName() throws(DaemonError) {
    guard
      !Self.plainNames.contains(name), !Self.otherNames.contains(name), !name.hasSuffix(".socket")
    else { return }
    throw DaemonError(
      .badAddress,
      "the socket that is handed over (LISTEN_FDS) has the unknown name \"\(name)\"",
      place: "descriptor \(descriptor)",
      remedy:
        "Set FileDescriptorName= in its unit to tls, http or https, or omit it for the line protocol."
    )
  }
}
