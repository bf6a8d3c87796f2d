import Foundation
import ModelRegistry
import Ratings
import Recommenders
import TestEnvironment
import Testing

/// Tests of `latent recommend`, `similar` and `predict` on a small served model.
struct QueryTests {
  /// Returns a model of users ann and bob and items 10 ... 50; ann has rated 10 and 20, bob everything.
  static func contents() -> FactorModelContents {
    var users = IdentifierColumn(type: .text)
    for user in ["ann", "bob"] { users.append(UserID(user)) }
    return FactorModelContents(
      kind: "dot-bias", users: users, items: .integers([10, 20, 30, 40, 50]),
      tables: FactorTables(
        factorCount: 2, userFactors: [1, 0, 0, 1],
        itemFactors: [1, 0, 0, 1, 0.5, 0, 1, 1, 0, 0], userBiases: [0, 0.5],
        itemBiases: [0, 0, 0, 0, -1], globalMean: 3),
      itemRatingCounts: [1, 5, 2, 4, 3], ratedOffsets: [0, 2, 7],
      ratedItems: [0, 1, 0, 1, 2, 3, 4], titles: ["Ten", "Twenty, \"2\"", nil, "Forty", "Fifty"])
  }

  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  func publish(_ contents: FactorModelContents) throws {
    let registry = ModelRegistry(folder.path("latent-models"), forms: .recommenders)
    let publisher = try Publisher(of: ModelName("recommender"), in: registry, command: "test")
    let run = TrainingRun(
      modelName: "recommender", kind: contents.kind, outcome: .published,
      startedAt: "2026-11-20T03:00:00Z", threadCount: 1, latentVersion: "0.1.0")
    try publisher.promote(publisher.stage(contents).commit(run).version)
  }

  func latent(_ arguments: String...) throws -> Program.Result {
    try Program(in: folder.path).run(arguments)
  }

  /// The columns of a list for a user, known or unknown.
  private static let header = "rank,item,title,ratings,score,prediction,fallback\n"

  @Test func recommendLeavesOutWhatWasRated() throws {
    try publish(Self.contents())
    let list = try latent("recommend", "--user", "ann", "--format", "csv")
    #expect(list.exitCode == 0 && list.errors.isEmpty)
    #expect(
      list.output
        == Self.header + "1,40,Forty,4,4.0,,\n2,30,,2,3.5,,\n3,50,Fifty,3,2.0,,\n")
    let all = try latent("recommend", "--user", "ann", "--include-rated", "--count", "1")
    #expect(all.output.contains("Ten") && all.output.split(separator: "\n").count == 2)
    let limited = try latent("recommend", "--user", "ann", "--limit", "1", "--format", "csv")
    #expect(limited.output == Self.header + "1,40,Forty,4,4.0,,\n")
    let both = try latent("recommend", "--user", "ann", "--limit", "1", "--count", "2")
    #expect(both.exitCode == 64 && both.errors.contains("--count"))
    let json = try latent("recommend", "--user", "ann", "--count", "1", "--format", "json")
    #expect(
      json.output
        == "[\n  {\"rank\": 1, \"item\": 40, \"title\": \"Forty\", \"ratings\": 4, \"score\": 4.0, \"prediction\": null, \"fallback\": null}\n]\n"
    )
    let nothingLeft = try latent("recommend", "--user", "bob", "--format", "json")
    #expect(nothingLeft.exitCode == 0 && nothingLeft.output == "[]\n")
    #expect(nothingLeft.errors.contains("bob has rated every item"))
  }

  @Test func anUnknownUserGetsWhatIsPopularAndIsTold() throws {
    try publish(Self.contents())
    let list = try latent("recommend", "--user", "carl", "--count", "2", "--format", "csv")
    #expect(list.exitCode == 0)
    #expect(
      list.output
        == Self.header + "1,20,\"Twenty, \"\"2\"\"\",5,3.75,,popularity\n"
        + "2,40,Forty,4,4.25,,popularity\n"
    )
    #expect(list.errors.contains("does not know user carl"))
    let json = try latent("recommend", "--user", "carl", "--count", "1", "--format", "json")
    let item = #""ratings": 5, "score": 3.75, "prediction": null, "fallback": "popularity"}"#
    #expect(json.output.contains(item))
  }

  @Test func similarListsItemsByCosine() throws {
    try publish(Self.contents())
    let list = try latent("similar", "--item", "0010", "--format", "csv")
    #expect(list.exitCode == 0 && list.errors.isEmpty)
    let lines = list.output.split(separator: "\n")
    #expect(lines.prefix(2) == ["rank,item,title,ratings,score,similarity", "1,30,,2,1.0,cosine"])
    #expect(lines.dropFirst(2).map { $0.split(separator: ",")[1] } == ["40", "20"])
    let known = try latent("similar", "--item", "10", "--min-ratings", "3", "--format", "csv")
    #expect(
      known.output.split(separator: "\n").dropFirst().map { $0.split(separator: ",")[1] }
        == ["40", "20", "30"])
    #expect(try latent("similar", "--item", "10", "--min-ratings=-1").exitCode == 64)
    let blank = try latent("similar", "--item", "50")
    #expect(blank.exitCode == 1)
    #expect(blank.errors.hasPrefix("error: the model learned nothing about item 50. "))
  }

  @Test func predictIsTheModelsPrediction() throws {
    try publish(Self.contents())
    let one = try latent("predict", "--user", "bob", "--item", "40", "--format", "csv")
    #expect(one.exitCode == 0)
    #expect(one.output == "user,item,title,prediction,low,high\nbob,40,Forty,4.5,,\n")
  }

  @Test func unknownIdsAreSaidToBeUnknown() throws {
    try publish(Self.contents())
    let user = try latent("predict", "--user", "anne", "--item", "40")
    #expect(user.exitCode == 1 && user.output.isEmpty)
    #expect(
      user.errors == "error: the model does not know user anne. Did you mean ann? "
        + "`latent users` lists the users in the store.\n")
    let item = try latent("similar", "--item", "41")
    #expect(item.exitCode == 1)
    #expect(
      item.errors.hasPrefix("error: the model does not know item 41. It does not exist, or had no"))
    #expect(item.errors.contains("train again. `latent items --search TEXT`"))
    let noInteger = try latent("predict", "--user", "ann", "--item", "forty")
    #expect(noInteger.exitCode == 1)
    #expect(noInteger.errors.hasPrefix("error: 'forty' is not the id of an item. "))
    #expect(noInteger.errors.contains("ids of items are 64-bit integers"))
    #expect(try latent("recommend", "--user", "").exitCode == 64)
    #expect(try latent("recommend", "--user", "ann", "--count", "0").exitCode == 64)
    #expect(try latent("similar", "--item", "10", "--count", "-1").exitCode == 64)
    #expect(try latent("predict", "--user", "ann").exitCode == 64)
  }

  @Test func withoutAModelTheRemedyIsNamed() throws {
    for arguments in [["recommend", "--user", "1"], ["similar", "--item", "1"]] {
      let result = try Program(in: folder.path).run(arguments)
      #expect(result.exitCode == 1 && result.output.isEmpty)
      #expect(result.errors.contains("latent train --publish"))
    }
  }

  @Test func aModelWithoutFactorsComparesItemsByWhoHasRatedThem() throws {
    var contents = Self.contents()
    contents.kind = "popularity"
    contents.tables = FactorTables(
      factorCount: 0, userFactors: [], itemFactors: [], userBiases: [0, 0],
      itemBiases: [0, 0, 0, 0, 0], globalMean: 3, ranking: .popularity)
    try publish(contents)
    // Item 10 is rated by everybody, as is 20. Item 30 is rated by one of the two users, and is similar to 40 and 50.
    let everybodys = try latent("similar", "--item", "10")
    #expect(everybodys.exitCode == 0 && everybodys.errors.contains("is like item 10"))
    let similar = try latent(
      "similar", "--item", "30", "--min-ratings", "4", "--exclude", "20", "--format", "csv")
    #expect(
      similar.output.split(separator: "\n").dropFirst().map { $0.split(separator: ",")[1] }
        == ["40", "50"])
    #expect(similar.output.contains(",co-ratings\n"))
    let diverse = try latent("recommend", "--user", "ann", "--diversity", "0.5")
    #expect(diverse.exitCode == 1 && diverse.errors.contains("--model dot-bias"))
    #expect(try latent("similar", "--user", "ann", "--only", "10").exitCode == 64)
    let list = try latent("recommend", "--user", "ann", "--format", "csv")
    #expect(
      list.output.split(separator: "\n").dropFirst().map { $0.split(separator: ",")[1] }
        == ["40", "50", "30"])
  }
}
