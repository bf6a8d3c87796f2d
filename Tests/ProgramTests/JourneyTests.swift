import Foundation
import TestEnvironment
import Testing

/// Tests of the whole way of a rating on real data, through the binary: import, train, query, serve.
struct JourneyTests {
  static let movieLens = Requirement.dataSet("ml-latest-small")

  @Test(
    .enabled(if: JourneyTests.movieLens.isMet, Comment(rawValue: movieLens.howToGet)),
    .enabled(if: Requirement.postgres.isMet, Comment(rawValue: Requirement.postgres.howToGet)))
  func throughPostgres() throws {
    let database = try TemporaryDatabase()
    try Self.travel(store: database.url)
  }

  @Test(.enabled(if: JourneyTests.movieLens.isMet, Comment(rawValue: movieLens.howToGet)))
  func throughSQLite() throws {
    try Self.travel(store: "sqlite:ratings.sqlite")
  }

  static func travel(store: String) throws {
    let folder = try TemporaryFolder()
    let program = Program(in: folder.path, environment: ["LATENT_STORE": store])
    func run(_ arguments: String...) throws -> Program.Result {
      let result = try program.run(arguments)
      try #require(result.exitCode == 0, "latent \(arguments): \(result.errors)")
      return result
    }

    let imported = try run("import", movieLens.resolve())
    #expect((imported.output + imported.errors).contains("100836"))
    let trained = try run("train", "--publish", "--range", "0..5.5")
    #expect(trained.output.contains("bias-only"))

    // Toy Story's neighbours and a heavy user's list have titles.
    let similar = try run("similar", "--item", "1", "--count", "5", "--format", "csv")
    #expect(similar.output.split(separator: "\n").count == 6)
    let list = try run("recommend", "--user", "414", "--count", "10", "--format", "csv")
    #expect(list.output.split(separator: "\n").count == 11)
    let unknown = try run("recommend", "--user", "987654321")
    #expect(unknown.errors.contains("987654321"))

    let serving = try program.start(["serve", "--listen", "127.0.0.1:0", "--socket", "s"])
    #expect(serving.waitForOutput("listening on"))
    let answer = try SocketClient(path: folder.path("s")).ask("RECOMMEND 414 COUNT 10\nQUIT\n")
    let first = try #require(list.output.split(separator: "\n").dropFirst().first)
    let bestItem = try #require(first.split(separator: ",").dropFirst().first)
    #expect(answer.contains("\(bestItem)"))
    serving.send(SIGTERM)
    #expect(serving.finish().exitCode == 0)
  }
}
