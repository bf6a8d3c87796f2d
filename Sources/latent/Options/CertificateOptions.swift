import ArgumentParser
import Daemon

/// The files by which the daemon speaks TLS.
struct CertificateOptions: ParsableArguments {
  @Option(
    name: [.customLong("tls-cert-file"), .customLong("tls-cert")],
    help: ArgumentHelp(
      "The server's certificate for TLS, in PEM, and those between it and the root.",
      valueName: "file"))
  var tlsCertificate: String?

  @Option(
    name: [.customLong("tls-key-file"), .customLong("tls-key")],
    help: ArgumentHelp("Its private key, in PEM.", valueName: "file"))
  var tlsKey: String?

  @Option(
    name: [.customLong("tls-ca-cert-file"), .customLong("tls-ca-cert")],
    help: ArgumentHelp("The certificates that clients' own must go back to.", valueName: "file"))
  var tlsAuthorities: String?

  @Option(
    help: ArgumentHelp(
      "Whether clients must show a certificate: yes, optional or no (default: yes with --tls-ca-cert-file, else no)."
    ),
    transform: {
      guard let clients = CertificateFiles.Clients(rawValue: $0) else {
        throw ValidationError("give yes, optional or no")
      }
      return clients
    })
  var tlsAuthClients: CertificateFiles.Clients?

  private var clients: CertificateFiles.Clients {
    tlsAuthClients ?? (tlsAuthorities == nil ? .no : .yes)
  }

  /// Whether none is named.
  var isEmpty: Bool { tlsCertificate == nil && tlsKey == nil && tlsAuthorities == nil }

  /// What they are; nil without a certificate and its key.
  var files: CertificateFiles? {
    guard let tlsCertificate, let tlsKey else { return nil }
    return CertificateFiles(
      certificate: tlsCertificate, key: tlsKey, authorities: tlsAuthorities, clients: clients)
  }

  func validate() throws {
    guard (tlsCertificate == nil) == (tlsKey == nil) else {
      throw ValidationError("--tls-cert-file and --tls-key-file go together: give both.")
    }
    guard tlsAuthorities == nil || tlsCertificate != nil else {
      throw ValidationError(
        "--tls-ca-cert-file goes with --tls-cert-file and --tls-key-file: give all three.")
    }
    guard clients == .no || tlsAuthorities != nil else {
      throw ValidationError(
        "--tls-auth-clients \(clients.rawValue) needs --tls-ca-cert-file, by which clients are known."
      )
    }
  }
}
