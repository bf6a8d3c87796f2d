import ArgumentParser
import Errors

/// `latent doctor`
struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Checks processor, libraries, store, models and daemon, and says what to do.",
    discussion: """
      Reads and writes nothing but a temporary file. What is not there yet, such as a daemon that is \
      not running, is told and no fault; a daemon that serves another model than the one in service in the \
      models folder is. Exits 1 when something is wrong.
      """)

  @OptionGroup var store: StoreOptions
  @OptionGroup var models: RegistryOptions
  @Option(help: ArgumentHelp("Where the daemon listens.", valueName: "host:port"))
  var daemon = "127.0.0.1:6380"
  @OptionGroup var output: OutputOptions

  func run() throws {
    var diagnosis = Diagnosis()
    diagnosis.checkProgram()
    diagnosis.checkStore { try store.open() }
    diagnosis.checkModels(in: models)
    diagnosis.checkDaemon(at: daemon, serving: models.registry)
    try diagnosis.table.write(as: output.format)
    let faults = diagnosis.findings.filter { $0.state == .wrong }
    guard faults.isEmpty else {
      throw CommandFailure(
        faults.count == 1 ? "one thing is wrong" : "\(faults.count) things are wrong",
        remedy: "What to do stands beside each.")
    }
  }
}
