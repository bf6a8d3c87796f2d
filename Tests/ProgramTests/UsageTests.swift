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
