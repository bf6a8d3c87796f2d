import ArgumentParser
import Errors
import ModelRegistry
import Ratings

/// `latent config`
struct Config: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Looks at the configuration of `latent nightly`.",
    subcommands: [Check.self, Show.self])
}

extension Config {
  /// `latent config check`
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Says what is wrong with a configuration, with its lines.",
      discussion: """
        Asks neither the store nor anybody else. Exit codes: 0 nothing is wrong, 64 something is.
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
      abstract: "Shows what a configuration comes to, with what is usual filled in.",
      discussion: """
        What it writes is a configuration, too. Passwords, and all but the host of a webhook, are shown as ***.
        """)

    @Argument(help: ArgumentHelp("The configuration.", valueName: "file.toml"))
    var file: String

    func run() throws {
      let configuration = try NightlyConfiguration(path: file)
      try StandardOutput.write(ShownConfiguration(configuration.file).text)
    }
  }
}
