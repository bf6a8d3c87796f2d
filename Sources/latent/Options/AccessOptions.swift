import ArgumentParser
import Daemon
import Errors
import Logging

/// Who may ask the daemon, and how connections are encrypted.
struct AccessOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Answer none but the users in the file, who say their password first (AUTH); `latent passwd` writes it.",
      valueName: "file"))
  var users: String?

  @Flag(help: "Listen where other machines reach it though everybody may ask anything.")
  var insecure = false

  @Option(
    help: ArgumentHelp("Where to listen for TLS, several times if need be.", valueName: "host:port")
  )
  var tlsListen: [String] = []

  @Option(
    name: [.customLong("tls-cert-file"), .customLong("tls-cert")],
    help: ArgumentHelp(
      "The certificate for that, in PEM, and those between it and the root.", valueName: "file"))
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

  /// Throws unless there are files for TLS where it is listened for, and none where it is not.
  func checkFiles(isHTTPEncrypted: Bool) throws {
    let files = [tlsCertificate, tlsKey].compactMap { $0 }
    let isAsked = !tlsListen.isEmpty || isHTTPEncrypted
    guard isAsked ? files.count == 2 : files.isEmpty && tlsAuthorities == nil else {
      throw ValidationError(
        "--tls-listen or --http-tls, --tls-cert-file and --tls-key-file go together: give all three."
      )
    }
  }

  func validate() throws {
    guard clients == .no || tlsAuthorities != nil else {
      throw ValidationError(
        "--tls-auth-clients \(clients.rawValue) needs --tls-ca-cert-file, by which clients are known."
      )
    }
  }

  /// Who may ask; nil where everybody may.
  func access(log: Logger) throws -> Access? {
    try users.map { try Access(UsersFile(path: $0), log: log) }
  }

  /// What TLS shows; nil where there is none.
  func certificate() throws -> ServedCertificate? {
    guard let tlsCertificate, let tlsKey else { return nil }
    return try ServedCertificate(
      CertificateFiles(
        certificate: tlsCertificate, key: tlsKey, authorities: tlsAuthorities, clients: clients))
  }
}
