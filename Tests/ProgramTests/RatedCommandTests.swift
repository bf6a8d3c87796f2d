import Foundation
import ModelRegistry
import Ratings
import Recommenders
import TestEnvironment
import Testing

/// Tests of `latent recommend` and `predict` for users with ratings since the training, `explain`, and `similar
/// --user`.
struct RatedCommandTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    var contents = QueryTests.contents()
    contents.tables.foldIn = .ridge(fixed: 1, perRating: 0, factorScale: 1)
    contents.catalogue.titles = ["Ten (1990)", "Twenty, \"2\"", nil, "Forty (1940)", "Ten (1994)"]
    try publish(contents)
  }

  private func publish(_ contents: FactorModelContents) throws {
    let registry = ModelRegistry(folder.path("latent-models"), forms: .recommenders)
    let publisher = try Publisher(of: ModelName("recommender"), in: registry, command: "test")
    let run = TrainingRun(
      modelName: "recommender", kind: "dot-bias", outcome: .published,
      startedAt: "2026-11-20T03:00:00Z", threadCount: 1, latentVersion: "0.1.0")
    try publisher.promote(publisher.stage(contents).commit(run).version)
  }

  private func latent(_ arguments: String...) throws -> Program.Result {
    try Program(in: folder.path).run(arguments)
  }

  private func items(_ result: Program.Result) throws -> [Int] {
    let rows = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]]
    return try #require(rows).compactMap { $0["item"] as? Int }
  }

  @Test func somebodyWhoJustRatedGetsAList() throws {
    let list = try latent(
      "recommend", "--ratings", "Forty=5,Twenty, \"2\"=1.5", "--ratings", "10=4", "--format", "json"
    )
    #expect(list.exitCode == 0)
    #expect(list.errors.contains("rated 5.0: 40 Forty (1940)"))
    #expect(list.errors.contains("rated 1.5: 20 Twenty, \"2\""))
    #expect(try Set(items(list)) == [30, 50])
    let all = try latent(
      "recommend", "--ratings", "Forty=5", "--include-rated", "--exclude", "30", "--format", "json")
    #expect(try Set(items(all)) == [10, 20, 40, 50])
    #expect(!list.output.contains("popularity") && !list.output.contains("\"user\""))
  }

  @Test(arguments: [
    ("Ten=5", 1, "10 (Ten (1990)), 50 (Ten (1994))"), ("Fourty=5", 1, "Did you mean"),
    ("Forty=5,40=3", 1, "rated twice"),
    ("Forty", 64, "'Forty' gives no rating. Write an item's id or title, = and a number"),
    ("Forty=lots", 64, "'lots' in 'Forty=lots' is not a number"),
    ("10=4,40=nan", 64, "'nan' in '40=nan' is not a number"), ("40:5,20:3", 64, "gives no rating"),
    ("40=0x1", 64, "'0x1' in '40=0x1' is not a number"), ("=5", 64, "names no item"),
  ]) func ratingsThatMeanNothingAreRefused(_ text: String, _ code: Int32, _ words: String) throws {
    let result = try latent("recommend", "--ratings", text)
    #expect(result.exitCode == code && result.errors.contains(words), "\(result.errors)")
    #expect(!result.errors.contains("rated 5.0"))
  }

  @Test func anIDThatIsAnothersTitleIsTold() throws {
    var contents = QueryTests.contents()
    contents.tables.foldIn = .ridge(fixed: 1, perRating: 0, factorScale: 1)
    contents.catalogue.titles = [nil, nil, nil, "Forty", "40 (1990)"]
    try publish(contents)
    let list = try latent("recommend", "--ratings", "40=5,10=4", "--count", "1")
    #expect(
      list.errors
        == "rated 5.0: 40 Forty, by its id; the title is that of 50 40 (1990)\nrated 4.0: 10\n")
  }

  /// A model that uses which items were rated, not the values, says so, and does not take dislike for liking.
  @Test func whatGoesByWhatWasRatedSaysSo() throws {
    var contents = QueryTests.contents()
    contents.kind = "implicit-als"
    contents.tables.ranking = .preference
    contents.tables.foldIn = .implicit(alpha: 3, regularization: 0.1, confidence: .equal)
    try publish(contents)
    let list = try latent("recommend", "--ratings", "40=5,10=4")
    #expect(list.exitCode == 0)
    #expect(
      list.errors.contains("not the values: implicit-als does not distinguish likes from dislikes"))
    let disliked = try latent("recommend", "--ratings", "40=-5")
    #expect(disliked.exitCode == 1 && disliked.errors.contains("-5.0 would count as a like"))
    contents.tables.foldIn = .ridge(fixed: 1, perRating: 0, factorScale: 1)
    try publish(contents)
    #expect(try !latent("recommend", "--ratings", "40=5").errors.contains("values"))
  }

  @Test func conditionsOfTextsThatNoItemHasAreTold() throws {
    var contents = QueryTests.contents()
    contents.catalogue.attributes = [
      [ItemAttribute(name: "genre", value: "Comedy")], [], [], [], [],
    ]
    try publish(contents)
    for command in [["recommend", "--user", "ann"], ["similar", "--item", "20"]] {
      let list = try Program(in: folder.path).run(command + ["--where", "genre=Comedi"])
      #expect(list.exitCode == 0)
      #expect(list.errors.hasPrefix("No item has the genre 'Comedi'. Did you mean Comedy?\n"))
    }
  }

  @Test func aTitleCanNotDriveTheTerminal() throws {
    var contents = QueryTests.contents()
    contents.tables.foldIn = .ridge(fixed: 1, perRating: 0, factorScale: 1)
    contents.catalogue.titles = ["\u{1B}[2J\nX", nil, nil, nil, nil]
    try publish(contents)
    let list = try latent("recommend", "--ratings", "10=5")
    #expect(list.errors == "rated 5.0: 10 \u{FFFD}[2J\u{FFFD}X\n")
    let unknown = try latent("recommend", "--user", "\u{1B}]0;x")
    #expect(unknown.errors.contains("user \u{FFFD}]0;x") && !unknown.errors.contains("\u{1B}"))
  }

  /// A note about many users names some and counts the rest.
  @Test func notesOnManyUsersAreFew() throws {
    try fillStore()
    let users = (0..<40).map { "zoe\($0)" } + ["ann", "eve"]
    let list = try Program(in: folder.path).run(
      ["recommend", "--format", "csv", "--count", "1", "--user"] + users)
    #expect(list.exitCode == 0 && list.output.split(separator: "\n").count == 43)
    let notes = list.errors.split(separator: "\n")
    #expect(notes.count == 8, "\(list.errors)")
    #expect(notes.last == "And 35 more users who get the popular items.")
    try folder.write(
      (0..<20).map { "zoe\($0),30\neve,\($0 % 2 == 0 ? 30 : 20)\n" }.joined(), to: "pairs.csv")
    let pairs = try latent("predict", "--pairs", "pairs.csv")
    #expect(pairs.errors.hasSuffix("predicted 20 of 40 pairs\n"))
    #expect(pairs.errors.components(separatedBy: "User eve is new or has rated").count == 2)
  }

  /// Pairs are predicted as single predictions are.
  @Test func pairsGoByTheStoreAsAPredictionDoes() throws {
    try fillStore()
    try folder.write("eve,30\nann,50\nbob,30\nann,30\nzoe,30\n", to: "pairs.csv")
    let pairs = try latent("predict", "--pairs", "pairs.csv")
    let rows = pairs.output.split(separator: "\n").dropFirst()
    for (row, (user, item)) in zip(
      rows, [("eve", "30"), ("ann", "50"), ("bob", "30"), ("ann", "30")])
    {
      let one = try latent("predict", "--user", user, "--item", item, "--format", "csv")
      #expect(one.output.split(separator: "\n")[1] + "," == row)
    }
    #expect(rows.last?.contains("does not know user zoe") == true)
  }

  /// Two encodings of one letter are two users.
  @Test func peopleOfPairsGoByTheBytesOfTheirIDs() throws {
    let people = ["caf\u{E9}", "cafe\u{301}"]
    try folder.write(
      "user,item,rating\n\(people[0]),10,5\n\(people[0]),40,1\n\(people[1]),10,1\n\(people[1]),40,5\n",
      to: "r.csv")
    try #require(try latent("import", "r.csv").exitCode == 0)
    try folder.write(people.map { "\($0),30\n" }.joined(), to: "pairs.csv")
    let rows = try latent("predict", "--pairs", "pairs.csv").output.split(separator: "\n")
      .dropFirst()
    for (row, user) in zip(rows, people) {
      let one = try latent("predict", "--user", user, "--item", "30", "--format", "csv")
      let expected = try #require(one.output.split(separator: "\n").dropFirst().first) + ","
      #expect(Array(row.utf8) == Array(expected.utf8))
    }
    #expect(rows.count == 2 && Set(rows.map { $0.split(separator: ",").dropFirst(2) }).count == 2)
  }

  @Test func aListIsForAUserOrForRatings() throws {
    #expect(try latent("recommend").exitCode == 64)
    #expect(try latent("recommend", "--user", "ann", "--ratings", "40=5").exitCode == 64)
  }

  /// Fills a store with newer ratings: of ann, whom the model knows, and of eve, whom it does not.
  private func fillStore() throws {
    let bob = [10, 20, 30, 40, 50].map { "bob,\($0),4\n" }.joined()
    try folder.write(
      "user,item,rating\nann,10,4\nann,20,2\nann,40,1\n\(bob)eve,10,5\neve,40,1\n", to: "r.csv")
    let imported = try latent("import", "r.csv")
    try #require(imported.exitCode == 0, "\(imported.errors)")
  }

  @Test func whoRatedSinceTheTrainingIsMadeOfTheStoresRatings() throws {
    let before = try latent("recommend", "--user", "ann", "--format", "json")
    #expect(try before.errors.isEmpty && Set(items(before)) == [30, 40, 50])
    try fillStore()
    let after = try latent("recommend", "--user", "ann", "--format", "json")
    #expect(after.errors.contains("3 ratings in sqlite:latent.sqlite"))
    #expect(try Set(items(after)) == [30, 50])
    let new = try latent("recommend", "--user", "eve", "--format", "json")
    #expect(try new.errors.contains("2 ratings") && Set(items(new)) == [20, 30, 50])
    #expect(!new.output.contains("popularity"))
    let predicted = try latent("predict", "--user", "eve", "--item", "30", "--format", "csv")
    #expect(predicted.exitCode == 0 && predicted.output.contains("eve,30,"))
    #expect(predicted.errors.contains("2 ratings"))
    // Bob's ratings are the ones the model knows.
    #expect(try latent("recommend", "--user", "bob").errors.contains("has rated every item"))
    #expect(try !latent("recommend", "--user", "bob").errors.contains("since"))
    // A user that neither the model nor the store knows.
    #expect(try latent("recommend", "--user", "zoe").errors.contains("does not know user zoe"))
    #expect(try latent("predict", "--user", "zoe", "--item", "30").exitCode == 1)
  }

  @Test func whoWasForgottenStaysSo() throws {
    try fillStore()
    for user in ["eve", "ann"] { _ = try latent("forget", "--user", user) }
    for user in ["eve", "ann"] {
      let list = try latent("recommend", "--user", user, "--format", "json")
      #expect(list.exitCode == 0 && list.output.contains("fallback"))
      #expect(list.errors.contains("was forgotten"))
      #expect(!list.errors.contains("does not know user ann"))
      #expect(try latent("predict", "--user", user, "--item", "30").exitCode == 1)
    }
    // A user that the model knows.
    let explained = try latent("explain", "--user", "ann", "--item", "30")
    #expect(explained.exitCode == 1 && explained.errors.contains("ann was forgotten"))
    let all = try latent("recommend", "--all", "--include-rated", "--out", "-")
    #expect(!all.output.contains("ann,") && all.output.contains("bob,1,"))
    #expect(all.errors.contains("left out 1 who were forgotten in sqlite:latent.sqlite"))
    let one = try latent("recommend", "--user", "ann", "--out", "-", "--count", "1")
    #expect(one.output.contains("popularity") && one.errors.contains("was forgotten"))
    try folder.write("ann,30\nbob,30\neve,30\n", to: "pairs.csv")
    let pairs = try latent("predict", "--pairs", "pairs.csv")
    let rows = pairs.output.split(separator: "\n")
    #expect(rows[1].hasSuffix("user ann was forgotten in sqlite:latent.sqlite"))
    #expect(rows[2].hasPrefix("bob,30,,") && !rows[2].contains("forgotten"))
    #expect(rows[3].hasSuffix("user eve was forgotten in sqlite:latent.sqlite"))
  }

  /// Lists written to a file take the store into account as printed tables do.
  @Test func aListInAFileIsTheOneOfTheTable() throws {
    try fillStore()
    let file = try latent("recommend", "--user", "eve", "bob", "--out", "-", "--format", "json")
    #expect(file.exitCode == 0 && file.errors.contains("2 ratings in sqlite:latent.sqlite"))
    let rows = try file.output.split(separator: "\n").map {
      try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    let table = try latent("recommend", "--user", "eve", "--format", "json")
    #expect(try rows.compactMap { $0["item"] as? Int } == items(table))
    #expect(rows.allSatisfy { $0["user"] as? String == "eve" && !($0["fallback"] is String) })
  }

  @Test func aStoreThatCanNotBeAskedIsTold() throws {
    let list = try latent("recommend", "--user", "ann", "--store", "sqlite:nowhere.sqlite")
    #expect(list.exitCode == 0 && list.errors.contains("can't be asked"))
  }

  @Test func aPredictionIsExplained() throws {
    try fillStore()
    let result = try latent("explain", "--user", "bob", "--item", "40", "--format", "csv")
    #expect(result.exitCode == 0)
    let rows = result.output.split(separator: "\n").map { $0.split(separator: ",") }
    func value(_ part: String) throws -> Double {
      try #require(
        rows.first { $0[0] == "prediction" && $0[1] == part }.flatMap { Double($0[$0.count - 1]) })
    }
    let parts = try ["mean", "user", "item", "taste"].map(value)
    #expect(abs(try value("all") - parts.reduce(0, +)) < 1e-5)
    #expect(rows.contains { $0[0] == "taste" && $0[1] == "rating" && $0[2] == "10" })
    // The sum of all contributions precedes the single ones.
    #expect(rows.contains { $0[0] == "taste" && $0[1] == "ratings" })
    #expect(try latent("explain", "--user", "zoe", "--item", "40").exitCode == 1)
    // The same prediction as `predict` makes for a user unknown to the model, or with ratings since the training.
    for user in ["eve", "ann"] {
      let arguments = ["--user", user, "--item", "30", "--format", "json"]
      let explained = try Program(in: folder.path).run(["explain"] + arguments)
      let predicted = try Program(in: folder.path).run(["predict"] + arguments)
      func first(_ result: Program.Result, _ key: String) throws -> Double {
        let rows =
          try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]]
        return try #require(rows?.first?[key] as? Double)
      }
      #expect(explained.errors.contains("ratings in sqlite:latent.sqlite"))
      #expect(try first(explained, "value") == first(predicted, "prediction"))
    }
  }

  @Test func whatIsNotFiniteIsNotTold() throws {
    var contents = QueryTests.contents()
    contents.tables.itemBiases[3] = .nan
    contents.tables.itemFactors[0] = .infinity
    let file = folder.path("latent-models/recommender/current/model.safetensors")
    let broken = folder.path("broken")
    try contents.write(to: broken)
    try FileManager.default.removeItem(atPath: file)
    try FileManager.default.moveItem(atPath: broken, toPath: file)
    for command in [
      ["biases"], ["factors", "--min-ratings", "1"], ["map", "--min-ratings", "1"],
      ["export", "model", "--out", "x"], ["similar", "--item", "10"],
    ] {
      let result = try Program(in: folder.path).run(command)
      #expect(result.exitCode == 1 && result.output.isEmpty, "\(command)")
      let isNamed = ["inf", "nan", "not a finite number"].contains { result.errors.contains($0) }
      #expect(isNamed, "\(result.errors)")
    }
  }

  @Test func peopleAlikeAreListed() throws {
    let list = try latent("similar", "--user", "ann", "--format", "csv")
    #expect(list.exitCode == 0)
    #expect(list.output.hasPrefix("rank,user,ratings,shared,score,similarity\n1,bob,5,2,0.63245"))
    let table = try latent("similar", "--user", "ann")
    #expect(table.output.hasPrefix("rank  user  ratings  shared  score\n"))
    #expect(try latent("similar").exitCode == 64)
    #expect(try latent("similar", "--user", "zoe").exitCode == 1)
    // A user only in the store.
    try fillStore()
    let new = try latent("similar", "--user", "eve", "--format", "csv")
    #expect(new.output.contains("1,bob,5,2,0.63245") && new.errors.contains("2 ratings in sqlite"))
    _ = try latent("forget", "--user", "eve")
    let gone = try latent("similar", "--user", "eve")
    #expect(gone.exitCode == 1 && gone.errors.contains("was forgotten"))
  }
}
