import Errors

/// A socket that systemd, or one like it, hands over, and by its name what whoever connects there speaks.
package struct HandedSocket: Sendable, Equatable {
  /// Those of the line protocol: names of our own, and those that systemd gives where it is told none (sd_listen_fds_with_names(3)).
  private static let plainNames: Set = ["tcp", "unix", "unknown", "stored", "connection"]
  private static let otherNames: Set = ["tls", "http", "https"]

  package let descriptor: CInt
  /// FileDescriptorName= of its unit: that of the unit itself, such as latent.socket, unless it says otherwise.
  package let name: String

  package init(descriptor: CInt, name: String) {
    (self.descriptor, self.name) = (descriptor, name)
  }

  /// Whether clients begin with TLS.
  package var isEncrypted: Bool { name == "tls" || name == "https" }

  /// Whether they speak HTTP.
  package var isHTTP: Bool { name == "http" || name == "https" }

  /// Where it listens.
  package var address: ListenAddress { .passed(descriptor: descriptor, isEncrypted: isEncrypted) }

  /// Throws where the name says nothing: a port that was meant for TLS must not be one without.
  package func checkName() throws(DaemonError) {
    guard
      !Self.plainNames.contains(name), !Self.otherNames.contains(name), !name.hasSuffix(".socket")
    else { return }
    throw DaemonError(
      .badAddress,
      "the socket that is handed over (LISTEN_FDS) is named \"\(name)\", which says nothing of what it is for",
      place: "descriptor \(descriptor)",
      remedy: "Give its unit FileDescriptorName=tls, http or https, or none for the line protocol.")
  }
}
