import ArgumentParser
import Errors
import ModelRegistry
import Ratings

/// `latent config`
struct Config: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check or show the configuration of `latent nightly`.",
    subcommands: [Check.self, Show.self])
}

extension Config {
  /// `latent config check`
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Validate a configuration file, and report errors with their lines.",
      discussion: """
        Does not connect to the store or to anything else. Exit codes: 0 valid, 64 invalid.
        """)

    @Argument(help: ArgumentHelp("The configuration.", valueName: "file.toml"))
    var file: String

    func run() throws {
      _ = try NightlyConfiguration(path: file)
      try StandardOutput.write("\(file) is good.\n")
    }
  }

  /// `latent config show`
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show the effective configuration, with defaults filled in.",
      discussion: """
        The output is a configuration file, too. Passwords, and all of a webhook's URL but the host, are shown as ***.
        """)

    @Argument(help: ArgumentHelp("The configuration.", valueName: "file.toml"))
    var file: String

    func run() throws {
      let configuration = try NightlyConfiguration(path: file)
      try StandardOutput.write(ShownConfiguration(configuration.file).text)
    }
  }
}
