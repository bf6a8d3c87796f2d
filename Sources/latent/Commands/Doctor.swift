import ArgumentParser
import Errors

/// `latent doctor`
struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Check processor, libraries, store, models, daemon and its files, and suggest remedies.",
    discussion: """
      Writes nothing. Something that does not exist yet, such as a daemon that is \
      not running, is reported but not an error. A daemon that serves another model than the one in service in the \
      models folder is an error. The users file, the certificate and the HTTP port are checked if they are given; a \
      certificate is an error in its last 30 days. Exits with 1 if something is wrong.
      """)

  @OptionGroup var store: StoreOptions
  @OptionGroup var models: RegistryOptions
  @Option(help: ArgumentHelp("The daemon's address.", valueName: "host:port"))
  var daemon = "127.0.0.1:6380"
  @Option(
    help: ArgumentHelp(
      "The daemon's HTTP address, to check whether it is ready.", valueName: "host:port"))
  var http: String?
  @Option(help: ArgumentHelp("The users file to check.", valueName: "file"))
  var users: String?
  @OptionGroup var certificate: CertificateOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    var diagnosis = Diagnosis()
    diagnosis.checkProgram()
    diagnosis.checkStore { try store.open() }
    diagnosis.checkModels(in: models)
    diagnosis.checkDaemon(at: daemon, serving: models.registry)
    if let http { diagnosis.checkHTTP(at: http) }
    if let users { diagnosis.checkUsers(in: users) }
    if let files = certificate.files { diagnosis.checkCertificate(files) }
    try diagnosis.table.write(as: output.format)
    let faults = diagnosis.findings.filter { $0.state == .wrong }
    guard faults.isEmpty else {
      throw CommandFailure(
        faults.count == 1 ? "1 problem found" : "\(faults.count) problems found",
        remedy: "Follow the remedy beside each.")
    }
  }
}
