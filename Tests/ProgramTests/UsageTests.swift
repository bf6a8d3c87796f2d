import Foundation
import TestEnvironment
import Testing

/// Tests of what all commands share: help, usage errors, exit codes.
struct UsageTests {
  @Test func aWrongOptionIsAUsageErrorWithExitCode64() throws {
    let folder = try TemporaryFolder()
    let result = try Program(in: folder.path).run(["--no-such-option"])
    #expect(result.exitCode == 64)
    #expect(result.errors.contains("--no-such-option"))
    #expect(result.output.isEmpty)
  }

  @Test(arguments: [
    (["recommend", "--usr", "1"], "'--usr'. Did you mean '--user'?", "latent recommend"),
    (["train", "--epoch", "5"], "'--epoch'. Did you mean '--epochs'?", "latent train"),
    (["ratings", "--itm=1"], "'--itm'. Did you mean '--item'?", "latent ratings"),
    (["models", "prune", "--kep", "1"], "'--kep'. Did you mean '--keep'?", "latent models prune"),
    (["predict", "--user", "1", "--what"], "'--what'.", "latent predict"),
  ])
  func aMisspeltOptionIsNamedWithTheNearest(
    _ arguments: [String], _ message: String, _ usage: String
  ) throws {
    let folder = try TemporaryFolder()
    let result = try Program(in: folder.path).run(arguments)
    #expect(result.exitCode == 64 && result.output.isEmpty)
    #expect(result.errors.hasPrefix("error: Unknown option \(message)"), "\(result.errors)")
    #expect(result.errors.contains("\nUsage: \(usage)"), "\(result.errors)")
  }

  @Test func whatIsNotCloseIsNotSuggested() throws {
    let folder = try TemporaryFolder()
    let program = Program(in: folder.path)
    let sort = try program.run(["users", "--sort", "x"])
    #expect(sort.exitCode == 64 && sort.errors.hasPrefix("error: Unknown option '--sort'.\n"))
    let command = try program.run(["recomend", "--user", "1"])
    #expect(command.exitCode == 64)
    #expect(
      command.errors.hasPrefix("error: latent has no command 'recomend'. Did you mean recommend?"))
    let subcommand = try program.run(["models", "lst"])
    #expect(subcommand.exitCode == 64)
    #expect(
      subcommand.errors.contains(
        "\nUsage: latent models <subcommand>\n  See 'latent models --help'"),
      "\(subcommand.errors)")
  }

  @Test(arguments: [
    ["users", "--count", "1", "--count=2"], ["predict", "--user", "1", "--user", "2"],
    ["models", "list", "--name", "a", "--name", "b"],
  ])
  func anOptionOfOneValueIsGivenOnce(_ arguments: [String]) throws {
    let folder = try TemporaryFolder()
    let result = try Program(in: folder.path).run(arguments)
    #expect(result.exitCode == 64 && result.output.isEmpty)
    #expect(result.errors.contains(" is given twice: give it once."), "\(result.errors)")
  }

  @Test func anOptionThatIsMissingIsNotCalledMisspelt() throws {
    let folder = try TemporaryFolder()
    let program = Program(in: folder.path)
    let missing = try program.run(["predict", "--user", "1", "--name=x", "--format", "csv"])
    #expect(missing.exitCode == 64)
    #expect(missing.errors.hasPrefix("error: Missing expected argument '--item <id>'"))
    let none = try program.run(["import", "--no-header", "--quiet"])
    #expect(none.errors.hasPrefix("error: Name a file"), "\(none.errors)")
  }

  @Test(arguments: [
    ["users", "--store", ""], ["users", "--store="], ["models", "list", "--models", ""],
    ["recommend", "--user", ""], ["train", "--split", ""],
  ])
  func anEmptyOptionIsAUsageError(_ arguments: [String]) throws {
    let folder = try TemporaryFolder()
    let result = try Program(in: folder.path).run(arguments)
    #expect(result.exitCode == 64)
    let option = arguments.last { $0.hasPrefix("--") }?.replacing("=", with: "") ?? ""
    #expect(result.errors.hasPrefix("error: \(option) is empty"), "\(result.errors)")
    #expect(result.errors.contains("Usage: latent \(arguments[0])"))
  }

  @Test func anEmptyVariableCountsAsUnset() throws {
    let folder = try TemporaryFolder()
    let empty = ["LATENT_STORE": "", "LATENT_MODELS": ""]
    let program = Program(in: folder.path, environment: empty)
    #expect(try program.run(["migrate"]).exitCode == 0)
    #expect(try program.run(["users"]).errors.contains("sqlite:latent.sqlite holds no ratings"))
    #expect(try program.run(["models"]).errors.contains("in latent-models."))
  }

  @Test(arguments: ["mysql://x", "latent.sqlite", "sqlite:"])
  func whatIsNoStoreIsAUsageErrorThatDoesNotRepeatIt(_ store: String) throws {
    let folder = try TemporaryFolder()
    let result = try Program(in: folder.path).run(["users", "--store", store])
    #expect(result.exitCode == 64)
    #expect(result.errors.hasPrefix("error: --store: "), "\(result.errors)")
    #expect(result.errors.contains("Write sqlite:PATH") || store == "sqlite:")
    #expect(!result.errors.contains(store + "\n") && !result.errors.contains("mysql"))
  }

  @Test(arguments: [
    ["train", "--plot", "plot.jpg"], ["train", "--name", "a b"], ["models", "--name", "../x"],
  ])
  func whatCanNotBeMeantIsAUsageError(_ arguments: [String]) throws {
    let folder = try TemporaryFolder()
    let result = try Program(in: folder.path).run(arguments)
    #expect(result.exitCode == 64)
    #expect(result.errors.hasPrefix("error: "), "\(result.errors)")
    #expect(result.errors.contains(arguments[1]) && result.errors.contains(arguments[2]))
  }

  @Test func aNumberBelowZeroIsHintedAt() throws {
    let folder = try TemporaryFolder()
    let program = Program(in: folder.path)
    for arguments in [["recommend", "--user", "-5"], ["train", "--range", "-1..1"]] {
      let result = try program.run(arguments)
      #expect(result.exitCode == 64)
      #expect(result.errors.contains("\(arguments[1])=\(arguments[2])"), "\(result.errors)")
    }
    #expect(try !program.run(["recommend", "-x"]).errors.contains("hint"))
    #expect(try program.run(["recommend", "--user=-5"]).exitCode == 1)
  }

  @Test(arguments: [
    (["rubbish", "--help"], "latent has no command 'rubbish'. It has import, "),
    (["status", "--help"], "latent has no command 'status'. Did you mean stats? It has import, "),
    (["forgt", "--user", "1"], "latent has no command 'forgt'. Did you mean forget?"),
    (["trian", "-h"], "Did you mean train?"), (["help", "sevre"], "Did you mean serve?"),
    (["models", "lst", "--help"], "models has no command 'lst'. Did you mean list?"),
    (["status"], "latent has no command 'status'"),
  ])
  func anUnknownCommandIsAUsageErrorWithTheNearest(
    _ arguments: [String], _ message: String
  ) throws {
    let folder = try TemporaryFolder()
    let result = try Program(in: folder.path).run(arguments)
    #expect(result.exitCode == 64)
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(result.output.isEmpty)
  }

  @Test(arguments: [["models", "list", "--help"], ["help", "models", "list"], ["train", "-h"]])
  func helpOfACommandIsItsOwn(_ arguments: [String]) throws {
    let folder = try TemporaryFolder()
    let result = try Program(in: folder.path).run(arguments)
    #expect(result.exitCode == 0)
    #expect(
      result.output.contains(
        "USAGE: latent \(arguments.contains("list") ? "models list" : "train")"))
  }

  @Test func helpAndVersionGoToStandardOutput() throws {
    let folder = try TemporaryFolder()
    let help = try Program(in: folder.path).run(["--help"])
    #expect(help.exitCode == 0)
    #expect(help.output.contains("USAGE: latent"))
    let version = try Program(in: folder.path).run(["--version"])
    #expect(version.exitCode == 0)
    #expect(version.output.split(separator: ".").count == 3)
    // Only the program has a version. Commands have none, but some have an option for a model's version.
    let users = try Program(in: folder.path).run(["users", "--version"])
    #expect(users.exitCode == 64 && users.errors.contains("'--version'"), "\(users.errors)")
  }

  /// A command as the argument parser dumps it.
  private struct DumpedCommand: Decodable {
    struct Option: Decodable {
      struct Name: Decodable { let name: String }
      let names: [Name]?
    }
    let commandName: String
    let arguments: [Option]?
    let subcommands: [DumpedCommand]?

    /// Returns the words of each command with the option, among this one and its subcommands.
    func paths(having option: String) -> [[String]] {
      let own = (arguments ?? []).contains { ($0.names ?? []).contains { $0.name == option } }
      return (own ? [[]] : [])
        + (subcommands ?? []).flatMap { command in
          command.paths(having: option).map { [command.commandName] + $0 }
        }
    }
  }

  /// An error beside a model's `--version N` is reported, rather than the program's version printed.
  @Test func whatIsWrongBesideAnOptionOfTheVersionIsTold() throws {
    struct Dump: Decodable { let command: DumpedCommand }
    let folder = try TemporaryFolder()
    let program = Program(in: folder.path)
    let dump = try JSONDecoder().decode(
      Dump.self, from: Data(try program.run(["--experimental-dump-help"]).output.utf8))
    let commands = dump.command.paths(having: "version")
    for known in ["examine", "report", "relabel", "predict", "score", "quantize"] {
      #expect(commands.contains(["images", known]), "\(commands)")
    }
    for command in commands {
      for (options, words) in [
        (["--version", "3", "--bogus"], "'--bogus'"), (["--version"], "'--version <version>'"),
        (["--version", "x", "photos"], "'x'"), (["--version=3", "--threads"], "--threads"),
        (["--version", "3", "--version", "4"], "--version is given twice"),
      ] {
        let result = try program.run(command + options)
        #expect(
          result.exitCode == 64 && result.output.isEmpty && result.errors.hasPrefix("error: "),
          "\(command + options): \(result.output)\(result.errors)")
        // If an argument is missing as well, that is reported instead.
        #expect(
          result.errors.contains(words) || result.errors.contains("Missing expected argument"),
          "\(command + options): \(result.errors)")
      }
    }
    // Also for a command that validates options itself, and for options in one of its groups.
    for options in [
      ["--count", "0"], ["--folds", "1"], ["--label-column", "x"], ["--model-file", "m"],
    ] {
      let checked = try program.run(["images", "examine", "photos", "--version", "3"] + options)
      #expect(
        checked.exitCode == 64 && checked.errors.contains(options[0].dropFirst(2)),
        "\(checked.errors)\(checked.output)")
    }
  }
}
