import ArgumentParser
import Daemon

/// The files that the daemon needs for TLS.
struct CertificateOptions: ParsableArguments {
  @Option(
    name: [.customLong("tls-cert-file"), .customLong("tls-cert")],
    help: ArgumentHelp(
      "The server's TLS certificate, in PEM, followed by the intermediate certificates.",
      valueName: "file"))
  var tlsCertificate: String?

  @Option(
    name: [.customLong("tls-key-file"), .customLong("tls-key")],
    help: ArgumentHelp("The certificate's private key, in PEM.", valueName: "file"))
  var tlsKey: String?

  @Option(
    name: [.customLong("tls-ca-cert-file"), .customLong("tls-ca-cert")],
    help: ArgumentHelp("The CA certificates that clients' own must chain to.", valueName: "file"))
  var tlsAuthorities: String?

  @Option(
    help: ArgumentHelp(
      "Whether clients must present a certificate: yes, optional or no (default: yes with --tls-ca-cert-file, else no)."
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

  /// Whether no file is given.
  var isEmpty: Bool { tlsCertificate == nil && tlsKey == nil && tlsAuthorities == nil }

  /// The files; nil without a certificate and its key.
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
        "--tls-auth-clients \(clients.rawValue) needs --tls-ca-cert-file, to verify clients' certificates."
      )
    }
  }
}
