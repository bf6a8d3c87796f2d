import ArgumentParser
import Foundation
import Recommenders

/// `latent-bench open`: from the start of the program to its first answer.
struct OpenModel: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "open",
    abstract: "The start of `latent recommend` to its first answer, by the size of the model.",
    discussion: """
      Writes models of a hundredth, a tenth and the whole number of users to a temporary folder \
      (TMPDIR), and times the whole program, spawned, and the opening alone. 10,000,000 users with 64 \
      factors take 3 GB of disk.
      """)

  @Option(help: "Users of the largest model.")
  var users = 10_000_000

  @Option(help: "Items of the catalogue.")
  var items = 62_000

  @Option(help: "Factors of a user.")
  var factors = 64

  @Option(help: "Runs of each.")
  var rounds = 20

  func validate() throws {
    guard users >= 100, items >= 20, factors >= 1, rounds >= 1 else {
      throw ValidationError("--users is at least 100, --items 20, the other numbers at least 1")
    }
  }

  func run() throws {
    for users in [users / 100, users / 10, users] {
      let folder = try ScratchFolder()
      Progress.say("writing a model of \(users) users")
      let path = try SyntheticModel(
        userCount: users, itemCount: items, factorCount: factors, ratedPerUser: 10
      ).publish(in: folder.path)
      Progress.say("opening it")
      let opening = try (1...rounds).map { _ in
        try timed { try FactorModel.open(path) }.seconds * 1e3
      }
      let answering = try (1...rounds).map { try answer(user: $0 % users, folder: folder.path) }
      let starting = try (1...rounds).map { _ in try run(["--version"]) }
      let report = Report(conditions: [
        "users": String(users), "items": String(items), "factors": String(factors),
        "bytes": String(try FactorModel.open(path).byteCount),
      ])
      try report.write("open.model", side: "latent", Samples(opening), unit: "ms")
      try report.write("open.version", side: "latent", Samples(starting), unit: "ms")
      try report.write(
        "open.first-answer", side: "latent", Samples(answering), unit: "ms", bar: .atMost(50))
    }
  }

  private func answer(user: Int, folder: String) throws -> Double {
    try run(["recommend", "--user", String(user), "--models", folder])
  }

  /// Milliseconds from the start of `latent` to the end of what it writes.
  private func run(_ arguments: [String]) throws -> Double {
    let clock = ContinuousClock()
    let start = clock.now
    let program = try ChildProgram(ChildProgram.sibling("latent"), arguments)
    let output = program.nextOutput()
    let milliseconds = (clock.now - start) / .milliseconds(1)
    _ = try program.finish()
    guard !output.isEmpty else { throw ChildFailure(description: "latent answered nothing") }
    return milliseconds
  }
}
