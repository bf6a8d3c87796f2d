import Foundation
import TestEnvironment
import Testing

/// Tests of `latent migrate`, `forget`, and unknown ids, through the binary.
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

  /// libpq's message has two lines, of which the first ends without a full stop.
  @Test func whatAServerDoesNotAnswerIsSaidInSentences() throws {
    let refused = try program.run(["users", "--store", "postgres://nobody@127.0.0.1:1/x"])
    #expect(refused.exitCode == 1)
    #expect(
      refused.errors.contains("Connection refused. Is the server running on that host"),
      "\(refused.errors)")
  }

  @Test func migrationsAreNamedThenAppliedOnce() throws {
    let dry = try program.run(["migrate", "--dry-run", "--format", "csv"])
    #expect(dry.exitCode == 0)
    #expect(dry.output.contains(",pending\n"))
    let applied = try program.run(["migrate", "--format", "csv"])
    #expect(applied.output == dry.output.replacing("pending", with: "applied"))
    let again = try program.run(["migrate"])
    #expect(again.exitCode == 0)
    #expect(again.output == "sqlite:latent.sqlite is up to date.\n")
  }

  @Test func aStoreThatIsNotThereIsToldWithTheCommandsThatMakeIt() throws {
    let result = try program.run(["users"])
    #expect(result.exitCode == 1 && result.output.isEmpty)
    #expect(result.errors.contains("there is no such file"))
    #expect(result.errors.contains("`latent migrate` or `latent import`, or correct --store"))
  }

  @Test func aConflictWithTheStoreNamesTheOptions() throws {
    try importText("user,item\nalice,m1\n")
    let result = try program.run(["import", "ratings.csv", "--user-id-type", "integer"])
    #expect(result.exitCode == 1)
    #expect(result.errors.contains("--user-id-type"), "\(result.errors)")
  }

  @Test func aPersonIsForgottenOnce() throws {
    try importText("user,item\nalice,m1\nalice,m2\nbob,m1\n")
    let result = try program.run(["forget", "--user", "alice"])
    #expect(result.exitCode == 0)
    #expect(result.output == "Removed 2 ratings of user alice.\n")
    #expect(result.errors.isEmpty)
    let again = try program.run(["forget", "--user", "alice"])
    #expect(again.exitCode == 0 && again.output == "Removed 0 ratings of user alice.\n")
    let nobody = try program.run(["forget", "--user", "alicia"])
    #expect(nobody.exitCode == 1 && nobody.output.isEmpty)
    #expect(try program.run(["users", "--format", "csv"]).output == "user,ratings\nbob,1\n")
    let json = try program.run(["forget", "--user", "bob", "--format", "json"])
    #expect(json.output.contains("\"ratings_removed\": 1"))
    #expect(json.errors.isEmpty)
  }

  @Test func theTypeOfIdsIsSaidOnlyWhereItIsWrong() throws {
    try folder.write("user,item\n1,10\n", to: "ratings.csv")
    #expect(try program.run(["import", "ratings.csv"]).exitCode == 0)
    for option in ["--user", "--item"] {
      let unknown = try program.run(["ratings", option, "99999999"])
      #expect(unknown.exitCode == 1 && unknown.errors.contains("\"99999999\""))
      #expect(!unknown.errors.contains("64-bit"), "\(unknown.errors)")
      let wrong = try program.run(["ratings", option, "x1"])
      #expect(wrong.exitCode == 1 && wrong.errors.contains("ids are 64-bit integers. "))
    }
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
    let tooLarge = try program.run(["ratings", "--user", "99999999999999999999"])
    #expect(tooLarge.exitCode == 1 && tooLarge.errors.contains("64-bit integers"))
    #expect(try program.run(["ratings", "--user", "007"]).exitCode == 1)
    #expect(try program.run(["ratings", "--user", "01"]).exitCode == 0)
    #expect(try program.run(["users", "--after", "bob"]).exitCode == 1)
  }

  @Test func aListThatIsCutSaysSo() throws {
    let rows = (1...30).map { "u\($0),m\($0 % 25)\n" }.joined()
    try importText("user,item\n" + rows)
    let users = try program.run(["users"])
    #expect(users.output.split(separator: "\n").count == 21)
    #expect(users.errors == "20 of 30 users; --count N shows more\n")
    #expect(try program.run(["users", "--count", "30"]).errors.isEmpty)
    #expect(try program.run(["users", "--format", "csv"]).errors.isEmpty)
    let items = try program.run(["items", "--limit", "7"])
    #expect(items.output.split(separator: "\n").count == 8)
    #expect(items.errors == "7 of 25 items; --count N shows more\n")
    let found = try program.run(["items", "--search", "m", "--count", "2"])
    #expect(found.errors == "the first 2 items; --count N shows more\n")
    let ratings = try program.run(["ratings", "--item", "m1", "--count", "1"])
    #expect(ratings.errors == "the first rating of item m1; --count N shows more\n")
  }

  @Test func aSearchThatFindsNothingSaysSo() throws {
    try importText("user,item\nalice,m1\n")
    let items = try program.run(["items", "--search", "nothing like it"])
    #expect(items.exitCode == 0)
    #expect(items.errors.contains("no item of sqlite:latent.sqlite has \"nothing like it\""))
    #expect(try program.run(["users", "--after", "zoe"]).errors.contains("comes after zoe"))
    let json = try program.run(["items", "--search", "nothing like it", "--format", "json"])
    #expect(json.output == "[]\n" && json.errors.isEmpty)
  }

  @Test func aTableFitsTheTerminalAndIsWholeElsewhere() throws {
    let title = String(repeating: "long ", count: 40) + "end"
    try folder.write("user,item\n1,m1\n1,m2\n", to: "ratings.csv")
    try folder.write("id,title\nm1,\(title)\nm2,Short\n", to: "items.csv")
    #expect(
      try program.run(["import", "ratings.csv", "--items", "items.csv"]).exitCode == 0)
    for format in ["table", "csv", "json"] {
      #expect(try program.run(["items", "--format", format]).output.contains(title))
    }
    for (variables, isBold) in [
      ("-u NO_COLOR TERM=xterm", true), ("TERM=xterm NO_COLOR=1", false),
    ] {
      let command = "stty cols 60; env \(variables) '\(program.path)' items"
      let shown = try Program(path: "/usr/bin/script", in: folder.path)
        .run(["-qec", command, "/dev/null"]).output
      #expect(shown.contains("\u{1B}[1mitem") == isBold, "\(shown)")
      let lines = shown.replacing(#/\u{1B}\[\dm/#, with: "").split(whereSeparator: \.isNewline)
      #expect(lines.count == 3 && lines.allSatisfy { $0.count <= 60 }, "\(shown)")
      #expect(shown.contains("…") && shown.contains("Short"))
    }
  }

  @Test func anEmptyStoreSaysHowToFillIt() throws {
    _ = try program.run(["migrate"])
    for arguments in [
      ["ratings", "--user", "1"], ["ratings", "--item", "1"], ["forget", "--user", "1"],
    ] {
      let result = try program.run(arguments)
      #expect(result.exitCode == 1 && result.errors.contains("latent import"))
    }
    for list in ["items", "users"] {
      let result = try program.run([list])
      #expect(result.exitCode == 0 && result.errors.contains("latent import"))
    }
  }
}
