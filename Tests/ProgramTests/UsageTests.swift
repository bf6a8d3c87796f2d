import Foundation
import TestEnvironment
import Testing

/// What every command shares: help, usage errors, exit codes.
struct UsageTests {
  @Test func aWrongOptionIsAUsageErrorWithExitCode64() throws {
    let folder = try TemporaryFolder()
    let result = try Program(in: folder.path).run(["--no-such-option"])
    #expect(result.exitCode == 64)
    #expect(result.errors.contains("--no-such-option"))
    #expect(result.output.isEmpty)
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
    (["status", "--help"], "latent has no command 'status'. It has import, "),
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
  }
}
