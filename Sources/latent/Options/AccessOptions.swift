import ArgumentParser
import Daemon
import Errors
import Logging

/// Options for access control and TLS of the daemon.
struct AccessOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Answer only the users in this file, after they authenticate with a password (AUTH); `latent passwd` writes it.",
      valueName: "file"))
  var users: String?

  @Flag(help: "Listen on addresses that other machines can reach, even without access control.")
  var insecure = false

  @Option(
    help: ArgumentHelp("The address to listen on for TLS; may be repeated.", valueName: "host:port")
  )
  var tlsListen: [String] = []

  @OptionGroup var files: CertificateOptions

  /// Throws unless the TLS files are given exactly if something listens for TLS: an option, or a socket that was
  /// `handedOver`.
  func checkFiles(isHTTPEncrypted: Bool, handedOver sockets: [HandedSocket]) throws {
    if let socket = sockets.first, files.files == nil {
      throw ValidationError(
        "the socket that systemd passes as \(socket.name) (FileDescriptorName=) is for TLS: give --tls-cert-file and --tls-key-file."
      )
    }
    guard
      !tlsListen.isEmpty || isHTTPEncrypted || !sockets.isEmpty ? files.files != nil : files.isEmpty
    else {
      throw ValidationError(
        "--tls-listen or --http-tls, --tls-cert-file and --tls-key-file go together: give all three."
      )
    }
  }

  /// Returns the access control; nil if everybody may send requests.
  func access(log: Logger) throws -> Access? {
    try users.map { try Access(UsersFile(path: $0), log: log) }
  }

  /// Returns the certificate for TLS; nil without TLS.
  func certificate() throws -> ServedCertificate? {
    try files.files.map { try ServedCertificate($0) }
  }
}
