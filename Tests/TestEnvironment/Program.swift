import Foundation

/// The real `latent` binary, run as a user runs it.
package struct Program: Sendable {
  /// The result of a finished run.
  package struct Result: Sendable {
    package let exitCode: Int32
    /// Whether a signal ended it; `exitCode` is then the signal's number.
    package let wasSignalled: Bool
    package let output: String
    package let errors: String
  }

  /// The path of the binary, which is built beside the test bundle.
  package let path: String
  /// Environment variables to add to those of this process.
  package var environment: [String: String]
  /// The working directory.
  package var folder: String
  /// The limit on open files (`ulimit -n`); nil for the limit of this process.
  package var openFileLimit: Int?

  /// The binary `name`, run in `folder`. It does not inherit `LATENT_*` settings of this process.
  package init(_ name: String = "latent", in folder: String, environment: [String: String] = [:]) {
    // /proc/self/exe is the test bundle's own executable.
    let executable = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    path = executable.deletingLastPathComponent().appendingPathComponent(name).path
    self.folder = folder
    self.environment = environment
  }

  /// The program at `path`, run in `folder`.
  package init(path: String, in folder: String) {
    self.path = path
    self.folder = folder
    environment = [:]
  }

  /// Runs to the end with `input` on standard input, and returns the result.
  package func run(_ arguments: [String], input: String = "") throws -> Result {
    let running = try start(arguments, input: input)
    return running.finish()
  }

  /// Starts a run and returns at once.
  package func start(_ arguments: [String], input: String? = nil) throws -> RunningProgram {
    // A shell that runs tests in the background makes them ignore SIGINT, which child programs inherit.
    signal(SIGINT, SIG_DFL)
    let process = Process()
    if let openFileLimit {
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      let script = "ulimit -n \(openFileLimit); exec \"$0\" \"$@\""
      process.arguments = ["-c", script, path] + arguments
    } else {
      process.executableURL = URL(fileURLWithPath: path)
      process.arguments = arguments
    }
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    var variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("LATENT_") }
    variables.merge(environment) { $1 }
    process.environment = variables
    return try RunningProgram(process, input: input)
  }
}
