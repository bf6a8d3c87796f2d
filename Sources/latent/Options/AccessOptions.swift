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

  @OptionGroup var files: CertificateOptions

  /// Throws unless there are files for TLS where it is listened for, by sockets that are `handedOver`, too, and none where it is not.
  func checkFiles(isHTTPEncrypted: Bool, handedOver sockets: [HandedSocket]) throws {
    if let socket = sockets.first, files.files == nil {
      throw ValidationError(
        "the socket that systemd hands over as \(socket.name) (FileDescriptorName=) is for TLS: give --tls-cert-file and --tls-key-file."
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

  /// Who may ask; nil where everybody may.
  func access(log: Logger) throws -> Access? {
    try users.map { try Access(UsersFile(path: $0), log: log) }
  }

  /// What TLS shows; nil where there is none.
  func certificate() throws -> ServedCertificate? {
    try files.files.map { try ServedCertificate($0) }
  }
}
