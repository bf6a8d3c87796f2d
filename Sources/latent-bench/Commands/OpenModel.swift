import ArgumentParser
import Foundation
import Recommenders

/// `latent-bench open`: the time from starting the program to its first answer.
struct OpenModel: SizedBench {
  static let configuration = CommandConfiguration(
    commandName: "open",
    abstract: "The time from starting `latent recommend` to its first answer, by model size.",
    discussion: """
      Writes models with a hundredth, a tenth and all of the users to a temporary folder (TMPDIR), \
      and times a run of the program, and opening the model alone. 10,000,000 users with 64 \
      factors take 3 GB of disk space.
      """)

  static let usualSize = (users: 10_000_000, items: 62_000, factors: 64)
  static let leastSize = (users: 100, items: 20, factors: 1)

  @OptionGroup(title: "Size of the largest model") var size: ModelSizeOptions<OpenModel>

  @Option(help: "Runs of each.")
  var rounds = 20

  func validate() throws {
    guard rounds >= 1 else { throw ValidationError("--rounds must be at least 1.") }
  }

  func run() throws {
    for share in [100, 10, 1] {
      var size = size
      size.users /= share
      let folder = try ScratchFolder()
      Progress.say("writing a model of \(size.users) users")
      let path = try size.model.publish(in: folder.path)
      Progress.say("opening it")
      let opening = try (1...rounds).map { _ in
        try timed { try FactorModel.open(path) }.seconds * 1e3
      }
      let answering = try (1...rounds).map {
        try run(["recommend", "--user", String($0 % size.users), "--models", folder.path])
      }
      let starting = try (1...rounds).map { _ in try run(["--version"]) }
      let report = Report(
        conditions: size.conditions(["bytes": String(try FactorModel.open(path).byteCount)]))
      try report.write("open.model", Samples(opening), unit: "ms")
      try report.write("open.version", Samples(starting), unit: "ms")
      try report.write(
        "open.first-answer", Samples(answering), unit: "ms", bar: .atMost(50))
    }
  }

  /// Returns the milliseconds from the start of `latent` to the end of its output.
  private func run(_ arguments: [String]) throws -> Double {
    let (answer, seconds) = try timed {
      let program = try ChildProgram(ChildProgram.sibling("latent"), arguments)
      return (program, output: program.nextOutput())
    }
    _ = try answer.0.finish()
    guard !answer.output.isEmpty else { throw ChildFailure(description: "latent printed nothing") }
    return seconds * 1e3
  }
}
