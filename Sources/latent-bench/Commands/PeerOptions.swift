import ArgumentParser
import Foundation

/// A peer's script, which prints JSON lines, and the threads that it and Latent get.
struct PeerOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The command that runs the peer's script.", valueName: "command"))
  var peer: String?

  @Option(help: "Threads of each side.")
  var threads = 2

  func validate() throws {
    guard threads >= 1 else { throw ValidationError("--threads must be at least 1.") }
  }

  /// Runs the script, with the threads as `OMP_NUM_THREADS`, and returns its lines that fit `Line`, as JSON or else by `plain`. None
  /// when there is no script, or it can't be run or fails: that is said on standard error, and the
  /// comparison is left out.
  func run<Line: Decodable>(
    _ arguments: [String], as line: Line.Type, plain: (Substring) -> Line? = { _ in nil }
  ) throws -> [Line] {
    guard let peer else { return [] }
    let output: String
    do {
      output = try ChildProgram(
        command: peer, arguments, environment: ["OMP_NUM_THREADS": String(threads)]
      ).finish()
    } catch let failure as ChildFailure {
      Progress.say("skipping the peer: \(failure)")
      return []
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let lines = output.split(separator: "\n").compactMap {
      (try? decoder.decode(line, from: Data($0.utf8))) ?? plain($0)
    }
    if lines.isEmpty { Progress.say("skipping the peer: it printed no figures") }
    return lines
  }
}

/// The one of `all` that is called `name`, as an option gives it.
func choice<Choice>(
  _ name: String, among all: [Choice], by nameOf: (Choice) -> String
) throws -> Choice {
  guard let choice = all.first(where: { nameOf($0) == name }) else {
    throw ValidationError("not one of \(all.map(nameOf).joined(separator: ", "))")
  }
  return choice
}
