import ArgumentParser
import Errors

/// `latent doctor`
struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Checks processor, libraries, store, models, daemon and its files, and says what to do.",
    discussion: """
      Reads and writes nothing but a temporary file. What is not there yet, such as a daemon that is \
      not running, is told and no fault; a daemon that serves another model than the one in service in the \
      models folder is. Users, a certificate and the port of HTTP are looked at where they are named; of a certificate the last 30 days \
      are wrong. Exits 1 when something is wrong.
      """)

  @OptionGroup var store: StoreOptions
  @OptionGroup var models: RegistryOptions
  @Option(help: ArgumentHelp("Where the daemon listens.", valueName: "host:port"))
  var daemon = "127.0.0.1:6380"
  @Option(
    help: ArgumentHelp(
      "Where it answers by HTTP, to ask whether it is ready.", valueName: "host:port"))
  var http: String?
  @Option(help: ArgumentHelp("The file of users to look at.", valueName: "file"))
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
        faults.count == 1 ? "one thing is wrong" : "\(faults.count) things are wrong",
        remedy: "What to do stands beside each.")
    }
  }
}
