import Foundation
import TestEnvironment
import Testing

/// `latent migrate`, `forget`, and unknown ids: through the real program.
struct StoreCommandTests {
  let folder: TemporaryFolder
  let program: Program

  init() throws {
    folder = try TemporaryFolder()
    program = Program(in: folder.path)
  }

  private func importText(_ text: String) throws {
    try folder.write(text, to: "ratings.csv")
    try folder.write("id,title\nm1,The One\n", to: "items.csv")
    let arguments = ["import", "ratings.csv", "--items", "items.csv", "--item-id-type", "text"]
    let result = try program.run(arguments)
    try #require(result.exitCode == 0, "\(result.errors)")
  }

  @Test func migrationsAreNamedThenAppliedOnce() throws {
    let dry = try program.run(["migrate", "--dry-run", "--format", "csv"])
    #expect(dry.exitCode == 0)
    #expect(dry.output.contains(",pending\r\n"))
    let applied = try program.run(["migrate", "--format", "csv"])
    #expect(applied.output == dry.output.replacing("pending", with: "applied"))
    let again = try program.run(["migrate"])
    #expect(again.exitCode == 0)
    #expect(again.output == "sqlite:latent.sqlite is up to date.\n")
  }

  @Test func aPersonIsForgottenOnce() throws {
    try importText("user,item\nalice,m1\nalice,m2\nbob,m1\n")
    let result = try program.run(["forget", "--user", "alice"])
    #expect(result.exitCode == 0)
    #expect(result.output == "Removed 2 ratings of user alice.\n")
    #expect(result.errors.contains("until the next training"))
    let again = try program.run(["forget", "--user", "alice"])
    #expect(again.exitCode == 1 && again.output.isEmpty)
    #expect(try program.run(["users", "--format", "csv"]).output == "user,ratings\r\nbob,1\r\n")
  }

  @Test func unknownTextsGetTheNearestMatches() throws {
    try importText("user,item\nalice,m1\nbob,m1\n")
    let user = try program.run(["ratings", "--user", "alcie"])
    #expect(user.exitCode == 1 && user.output.isEmpty)
    #expect(
      user.errors == "error: no user \"alcie\" in sqlite:latent.sqlite. Did you mean alice?\n")
    #expect(try program.run(["forget", "--user", "bbo"]).errors.contains("Did you mean bob?"))
    let item = try program.run(["ratings", "--item", "m2"])
    #expect(item.exitCode == 1 && item.errors.contains("Did you mean m1?"))
    let title = try program.run(["ratings", "--item", "the one"])
    #expect(title.errors.contains("Did you mean m1 (The One)?"))
  }

  @Test func unknownIntegersAreSaidToBeUnknown() throws {
    try importText("user,item\n1,m1\n")
    for id in ["2", "bob"] {
      let result = try program.run(["ratings", "--user", id])
      #expect(result.exitCode == 1 && result.output.isEmpty)
      #expect(result.errors.contains("no user \"\(id)\""))
      #expect(result.errors.contains("latent users"))
    }
    #expect(try program.run(["ratings", "--user", "007"]).exitCode == 1)
    #expect(try program.run(["ratings", "--user", "01"]).exitCode == 0)
    #expect(try program.run(["users", "--after", "bob"]).exitCode == 1)
  }

  @Test func anEmptyStoreSaysHowToFillIt() throws {
    _ = try program.run(["migrate"])
    for arguments in [
      ["ratings", "--user", "1"], ["ratings", "--item", "1"], ["forget", "--user", "1"],
    ] {
      let result = try program.run(arguments)
      #expect(result.exitCode == 1 && result.errors.contains("latent import"))
    }
    #expect(try program.run(["items"]).exitCode == 0)
  }
}
