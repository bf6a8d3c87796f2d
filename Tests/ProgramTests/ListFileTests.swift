import Foundation
import Ratings
import Recommenders
import TestEnvironment
import Testing

/// Tests of lists for many users, and predictions for many pairs, in files.
struct ListFileTests {
  let queries: QueryTests

  init() throws {
    queries = try QueryTests()
    try queries.publish(QueryTests.contents())
  }

  private var folder: TemporaryFolder { queries.folder }

  private func file(_ name: String) throws -> String {
    try String(contentsOf: URL(fileURLWithPath: folder.path(name)), encoding: .utf8)
  }

  private static let csv = """
    user,rank,item,title,score
    ann,1,40,Forty,4.0
    ann,2,30,,3.5
    ann,3,50,Fifty,2.0

    """

  @Test func theListsOfAllUsersAreARowForEachItem() throws {
    let written = try queries.latent("recommend", "--all", "--out", "lists.csv")
    #expect(written.exitCode == 0 && written.output.isEmpty, "\(written.errors)")
    #expect(written.errors == "wrote the lists of 2 users to lists.csv\n")
    #expect(try file("lists.csv") == Self.csv)
    let piped = try queries.latent("recommend", "--all", "--out", "-")
    #expect(piped.output == Self.csv && piped.errors.isEmpty)
    let json = try queries.latent(
      "recommend", "--all", "--out", "lists.jsonl", "--include-rated", "--count", "2")
    #expect(json.exitCode == 0, "\(json.errors)")
    #expect(
      try file("lists.jsonl").split(separator: "\n").map(String.init) == [
        #"{"user": "ann", "rank": 1, "item": 10, "title": "Ten", "score": 4.0}"#,
        #"{"user": "ann", "rank": 2, "item": 40, "title": "Forty", "score": 4.0}"#,
        #"{"user": "bob", "rank": 1, "item": 20, "title": "Twenty, \"2\"", "score": 4.5}"#,
        #"{"user": "bob", "rank": 2, "item": 40, "title": "Forty", "score": 4.5}"#,
      ])
  }

  @Test func severalUsersAndItemsAreOneTable() throws {
    let lists = try queries.latent(
      "recommend", "--user", "ann", "eve", "--count", "1", "--format", "csv")
    #expect(lists.errors.contains("does not know user eve"))
    #expect(
      lists.output
        == "user,rank,item,title,score,fallback\nann,1,40,Forty,4.0,\neve,1,20,\"Twenty, \"\"2\"\"\",3.75,popularity\n"
    )
    let similar = try queries.latent(
      "similar", "--item", "10", "--item", "20", "--count", "1", "--min-ratings", "0", "--format",
      "csv")
    #expect(
      similar.output.split(separator: "\n").map { $0.split(separator: ",")[0...2] }
        == [["similar_to", "rank", "item"], ["10", "1", "30"], ["20", "1", "40"]])
  }

  @Test func aFileIsWholeOrNotThere() throws {
    try folder.write("old", to: "lists.csv")
    let refused = try queries.latent(
      "recommend", "--all", "--out", "lists.csv", "--where", "genre=Drama")
    #expect(refused.exitCode == 1)
    #expect(try file("lists.csv") == "old")
    let missing = try queries.latent("recommend", "--all", "--out", "none/lists.csv")
    #expect(missing.exitCode == 1 && missing.errors.contains("none/lists.csv can't be written"))
    let full = try queries.latent("recommend", "--all", "--out", "/dev/full", "--format", "csv")
    #expect(full.exitCode == 64 && full.errors.contains("--out must be FILE.csv"))
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("link.csv"), withDestinationPath: "lists.csv")
    #expect(try queries.latent("recommend", "--all", "--out", "link.csv").exitCode == 0)
    #expect(try file("lists.csv") == Self.csv)
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(left.sorted() == ["latent-models", "link.csv", "lists.csv"])
  }

  @Test(arguments: [
    (["recommend", "--all"], "--all needs --out"),
    (
      ["recommend", "--all", "--user", "ann", "--out", "x.csv"],
      "Give one of --user, --all and --ratings"
    ),
    (["recommend", "--user", "ann", "--out", "x.txt"], "--out must be FILE.csv"),
    (["recommend"], "Give one of --user, --all and --ratings"),
    (["similar"], "Give either --item or --user"),
    (["predict", "--pairs", "x", "--user", "ann"], "Give --pairs, or"),
    (["predict", "--user", "ann", "--item", "10", "--out", "x.csv"], "--out is for --pairs"),
  ])
  func wrongUsesAreNamed(_ arguments: [String], _ problem: String) throws {
    let result = try Program(in: folder.path).run(arguments)
    #expect(result.exitCode == 64 && result.errors.contains(problem), "\(result.errors)")
  }

  @Test func aPairThatIsNotKnownHasAReasonAndIsNotTheEnd() throws {
    try folder.write(
      "item;user;note\r\n10;ann;\r\n\r\n77;ann;x\r\n20;\"bob\";\r\n10;eve;\r\nten;ann;\r\n10\r\n50;bob;\r\n",
      to: "pairs.csv")
    let result = try queries.latent("predict", "--pairs", "pairs.csv")
    #expect(result.exitCode == 0)
    #expect(result.errors == "predicted 3 of 7 pairs\n")
    #expect(
      result.output == """
        user,item,title,prediction,low,high,reason
        ann,10,Ten,4.0,,,
        ann,77,,,,,the model does not know item 77
        bob,20,"Twenty, ""2""\",4.5,,,
        eve,10,,,,,the model does not know user eve
        ann,ten,,,,,'ten' is not the id of an item
        ,,,,,,"pairs.csv, line 8: 1 column instead of 3. Give each line the same columns as the first, separated by "";""; quote those that contain it."
        bob,50,Fifty,2.5,,,

        """)
    try folder.write("ann,10\nbob,40\n", to: "plain.csv")
    let json = try queries.latent("predict", "--pairs", "plain.csv", "--out", "out.jsonl")
    #expect(json.exitCode == 0 && json.errors == "predicted 2 of 2 pairs to out.jsonl\n")
    #expect(
      try file("out.jsonl").split(separator: "\n").first
        == #"{"user": "ann", "item": 10, "title": "Ten", "prediction": 4.0, "low": null, "high": null, "reason": null}"#
    )
  }

  @Test func filesThatHoldNoPairsAreRefused() throws {
    for (text, problem) in [("ann\nbob\n", "pairs.txt: no line has two columns")] {
      try folder.write(text, to: "pairs.txt")
      let result = try queries.latent("predict", "--pairs", "pairs.txt")
      #expect(result.exitCode == 1 && result.errors.contains(problem), "\(result.errors)")
    }
    let missing = try queries.latent("predict", "--pairs", "none.csv")
    #expect(missing.exitCode == 1 && missing.errors.contains("none.csv"))
    try folder.write("", to: "empty.csv")
    let empty = try queries.latent("predict", "--pairs", "empty.csv")
    #expect(empty.exitCode == 0)
    #expect(empty.output == "user,item,title,prediction,low,high,reason\n")
  }
}

/// Tests of `latent recommend --all` on more users than are held in memory at a time.
struct ManyListsTests {
  private static let userCount = 9000

  /// Publishes a model of 9000 identical users and twelve items.
  private static func publish(in queries: QueryTests) throws {
    try queries.publish(
      FactorModelContents(
        kind: "dot-bias", users: .integers(Array(0..<Int64(userCount))),
        items: .integers(Array(0..<12)),
        tables: FactorTables(
          factorCount: 1, userFactors: (0..<userCount).map { Float($0 % 7) - 3 },
          itemFactors: (0..<12).map { Float($0) / 8 },
          userBiases: [Float](repeating: 0, count: userCount),
          itemBiases: [Float](repeating: 0, count: 12), globalMean: 3),
        itemRatingCounts: [UInt32](repeating: 1, count: 12),
        ratedOffsets: [UInt64](repeating: 0, count: userCount + 1), ratedItems: [],
        titles: [String?](repeating: nil, count: 12)))
  }

  @Test func theListsAreThoseOfEachUserInOrder() throws {
    let queries = try QueryTests()
    try Self.publish(in: queries)
    let result = try queries.latent("recommend", "--all", "--out", "-", "--count", "2")
    let lines = result.output.split(separator: "\n")
    try #require(lines.count == 1 + 2 * Self.userCount)
    for user in [0, 3, 4095, 4096, 8999] {
      let alone = try queries.latent(
        "recommend", "--user", "\(user)", "--count", "2", "--format", "csv")
      let own = lines[(1 + 2 * user)...].prefix(2)
      let same = alone.output.split(separator: "\n").dropFirst().map { line in
        let cells = line.split(separator: ",", omittingEmptySubsequences: false)
        // Without the number of ratings.
        return "\(user),\(cells[0]),\(cells[1]),\(cells[2]),\(cells[4])"
      }
      #expect(own.elementsEqual(same.map { Substring($0) }))
    }
  }

  @Test func whatAKilledProcessLeftGoesWithTheNextFile() throws {
    let queries = try QueryTests()
    try Self.publish(in: queries)
    let ended = try Program(in: queries.folder.path).start(["models", "list"])
    _ = ended.finish()
    let names = ["lists.csv.\(ended.identifier).unfinished", "lists.csv.\(getpid()).unfinished"]
    for name in names + ["lists.csv.x.unfinished"] { try queries.folder.write("", to: name) }
    let written = try queries.latent("recommend", "--all", "--out", "lists.csv")
    #expect(written.exitCode == 0, "\(written.errors)")
    let left = try FileManager.default.contentsOfDirectory(atPath: queries.folder.path)
    #expect(!left.contains(names[0]) && left.contains(names[1]))
    #expect(left.contains("lists.csv.x.unfinished") && left.contains("lists.csv"))
  }

  @Test func aSignalLeavesNoFile() throws {
    let queries = try QueryTests()
    try Self.publish(in: queries)
    try InterruptionTests.killAtSpreadMoments(
      ["recommend", "--all", "--out", "lists.csv", "--count", "12"], by: SIGINT
    ) {
      try? FileManager.default.removeItem(atPath: queries.folder.path("lists.csv"))
      return Program(in: queries.folder.path)
    } check: { _ in
      let left = try FileManager.default.contentsOfDirectory(atPath: queries.folder.path)
      #expect(left.allSatisfy { !$0.hasSuffix(".unfinished") })
      if left.contains("lists.csv") {
        let text = try String(
          contentsOf: URL(fileURLWithPath: queries.folder.path("lists.csv")), encoding: .utf8)
        #expect(text.split(separator: "\n").count == 1 + 12 * Self.userCount)
      }
    }
  }
}
