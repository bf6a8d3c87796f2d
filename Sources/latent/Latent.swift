import ArgumentParser
import CProcessor
import Errors
import Foundation
import ImageData
import Learning
import Ratings
import RatingsFiles

/// The program's version according to CHANGELOG.md, which every manifest and run record contains.
let latentVersion = "0.1.0"

/// The program `latent`.
@main
struct Latent: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latent",
    abstract: "A recommender: train models on ratings, and recommend what comes next.",
    discussion: """
      A first run: `latent import ratings.csv`, `latent train --publish`, `latent recommend --user 1`.

      Exit codes: 0 success, 1 failure, 64 usage error, 3 refused by a quality gate. `latent --version` prints the version.
      """,
    subcommands: [
      Import.self,
      Migrate.self,
      Train.self,
      FindRate.self,
      SolveBlock.self,
      Assemble.self,
      ScoreBlock.self,
      Evaluate.self,
      Compare.self,
      Recommend.self,
      Similar.self,
      Predict.self,
      Explain.self,
      Factors.self,
      ItemMap.self,
      Biases.self,
      Stats.self,
      ShowRatings.self,
      Users.self,
      Items.self,
      Export.self,
      Forget.self,
      Models.self,
      ImagesCommand.self,
      Doctor.self,
      Serve.self,
      Nightly.self,
      Runs.self,
      Config.self,
      Backup.self,
      Restore.self,
      Passwd.self,
    ]
  )

  /// Runs the command. The program's own errors are written as `error: ...` and have their own exit codes. Usage errors
  /// have ArgumentParser's wording and the exit code 64.
  static func main() async {
    StandardStreams.holdClosed()
    // Beyond the limit on file sizes (ulimit -f) writing fails with an error that is reported.
    signal(SIGXFSZ, SIG_IGN)
    guard latent_processor_supports_v3() else {
      exit(
        reporting: "this processor lacks AVX2 and FMA, which this build of latent needs. "
          + "Build it with LATENT_MARCH=x86-64 set.")
    }
    if let shortage = AddressSpace.shortage {
      StandardError.write("error: \(shortage)\n")
      // Not exit: OpenBLAS would wait for its threads.
      _exit(EXIT_FAILURE)
    }
    guard let arguments = ProgramArguments.words else {
      exit(reporting: "the system passed no arguments. Start latent by its name.")
    }
    // Not by the parser: it would take a command's own --version for this one if its options are wrong.
    if arguments.first == "--version" { return answer(latentVersion) }
    do {
      // The parser answers `--help` after an unknown command with the help of the root command.
      if let problem = unknownSubcommand(in: arguments) { exit(forUsage: problem) }
      if let option = emptyOption(in: arguments) {
        exit(
          forUsage: usageMessage(
            "\(option) is empty: give it a value or leave it out.", of: arguments))
      }
      if let option = repeatedOption(in: arguments) {
        exit(
          forUsage: usageMessage("\(option) is given twice: give it once.", of: arguments))
      }
      var command = try parseAsRoot(arguments)
      if let folder = (command as? any ModelsWriting)?.modelsFolder {
        OwnerWarning.note(of: folder)
      }
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch let code as ExitCode {
      exit(withError: code)
    } catch let refusal as GateRefusal {
      exit(reporting: refusal.description, code: GateRefusal.exitCode)
    } catch let bad as BadConfiguration {
      exit(reporting: bad.description, code: BadConfiguration.exitCode)
    } catch let error as StoreError {
      exit(reporting: error.withCommands.description)
    } catch let error as RatingsFileError {
      exit(reporting: error.withCommands.description)
    } catch let error as ImageDataError {
      exit(reporting: error.withCommands.description)
    } catch let error as TrainingError {
      exit(reporting: error.withCommands.description)
    } catch  where exitCode(for: error) == .failure {
      exit(reporting: "\(error)")
    } catch  where exitCode(for: error) == .success {
      answer(fullMessage(for: error))
    } catch  where exitCode(for: error) == .validationFailure {
      let message = fullMessage(for: error)
      if let unknown = unknownOption(in: arguments) {
        exit(forUsage: usageMessage(unknown.problem, of: arguments))
      }
      // The parser's messages begin with a capital letter, all others with a small one.
      let prefix = "Error: "
      exit(
        forUsage: message.hasPrefix(prefix)
          ? prefix.lowercased() + message.dropFirst(prefix.count) : message)
    } catch {
      exit(withError: error)
    }
  }

  /// Writes the help or the version to standard output, which may fail like any other output.
  private static func answer(_ text: String) {
    do { try StandardOutput.write(text + "\n") } catch { exit(reporting: "\(error)") }
  }

  private static func exit(forUsage message: String) -> Never {
    let hint = minusSignHint(among: ProgramArguments.words ?? []).map { $0 + "\n" } ?? ""
    StandardError.write(message + "\n" + hint)
    Foundation.exit(ExitCode.validationFailure.rawValue)
  }

  private static func exit(reporting message: String, code: Int32 = 1) -> Never {
    StandardError.write("error: \(message)\n")
    Foundation.exit(code)
  }
}
