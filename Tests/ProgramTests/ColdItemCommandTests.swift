import Foundation
import Ratings
import Recommenders
import TestEnvironment
import Testing

/// Tests of items without ratings, through the binary: `latent train --cold-items`, and queries to its model.
struct ColdItemCommandTests {
  let folder: TemporaryFolder
  let program: Program

  /// Creates forty users, each of whom likes one of two genres, and 15 rated items of each genre; `new-a` and `new-b`
  /// are unrated.
  init() throws {
    folder = try TemporaryFolder()
    program = Program(in: folder.path)
    var random = SplitMix64(seed: 5)
    var lines: [String] = []
    for user in 0..<40 {
      for item in 0..<30 {
        let likes = user % 2 == item % 2
        guard Double.random(in: 0..<1, using: &random) < (likes ? 0.7 : 0.2) else { continue }
        lines.append("u\(user),i\(item),\(likes ? 5 : 1)\n")
      }
    }
    try folder.write("user,item,rating\n" + lines.joined(), to: "ratings.csv")
    let items =
      (0..<30).map { ("i\($0)", $0 % 2 == 0 ? "a" : "b") } + [("new-a", "a"), ("new-b", "b")]
    try folder.write(
      "id,title,genre\n" + items.map { "\($0),Title of \($0),\($1)\n" }.joined(), to: "items.csv")
    try folder.write(
      "item,v0,v1,v2\n"
        + items.map {
          "\($0),\($1 == "a" ? 1 : -1),\(Float.random(in: 0...0.1, using: &random)),0\n"
        }
        .joined(), to: "vectors.csv")
    let result = try program.run(["import", "ratings.csv", "--items", "items.csv"])
    try #require(result.exitCode == 0, "\(result.errors)")
  }

  @discardableResult
  private func good(_ arguments: String...) throws -> Program.Result {
    let result = try program.run(arguments)
    try #require(result.exitCode == 0, "\(arguments): \(result.errors)")
    return result
  }

  private func rows(_ arguments: String...) throws -> [[String: Any]] {
    let result = try program.run(arguments + ["--format", "json"])
    try #require(result.exitCode == 0, "\(arguments): \(result.errors)")
    return try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
  }

  private func place(of item: String, in rows: [[String: Any]]) throws -> Int {
    try #require(rows.firstIndex { $0["item"] as? String == item }, "\(rows)")
  }

  @Test(
    arguments: [[], ["--model", "als"], ["--model", "implicit-als"]], ["attributes", "vectors.csv"])
  func itemsWithoutRatingsAreRecommended(model: [String], content: String) throws {
    let trained = try program.run(
      ["train", "--publish", "--force", "--quiet", "--cold-items", content] + model)
    try #require(trained.exitCode == 0, "\(trained.errors)")
    try good("models", "verify")
    for (user, liked, other) in [("u0", "new-a", "new-b"), ("u1", "new-b", "new-a")] {
      let list = try rows("recommend", "--user", user, "--count", "40")
      let (first, second) = (try place(of: liked, in: list), try place(of: other, in: list))
      #expect(first < second)
      #expect(list[first]["cold"] as? Int == 1 && list[first]["ratings"] as? Int == 0)
      #expect(list.count { $0["cold"] as? Int == 1 } == 2)
      let only = try rows("recommend", "--user", user, "--where", "genre=\(liked.suffix(1))")
      #expect(only.contains { $0["item"] as? String == liked })
    }
    let near = try rows("similar", "--item", "new-a", "--min-ratings", "0", "--count", "5")
    #expect(near.count == 5)
    #expect(
      near.allSatisfy {
        Int(($0["item"] as? String ?? "").dropFirst()).map { $0.isMultiple(of: 2) } ?? false
      }, "\(near)")
    let back = try rows("similar", "--item", "i2", "--count", "40")
    #expect(back[try place(of: "new-a", in: back)]["cold"] as? Int == 1)
    let why = try rows("explain", "--user", "u0", "--item", "new-a")
    #expect(why[0]["part"] as? String == "cold" && why[0]["item"] as? String == "new-a")
    let other = try rows("explain", "--user", "u0", "--item", "i3")
    #expect(!other.contains { $0["part"] as? String == "cold" })
    // The rated items are the same as without the option.
    let table = try good("recommend", "--user", "u0", "--count", "40")
    #expect(table.output.contains("cold"))
    // A user is removed, and the items stay.
    try good("forget", "--user", "u3", "--everywhere")
    try good("models", "verify")
    #expect(
      try rows("recommend", "--user", "u0", "--count", "40").contains {
        $0["item"] as? String == "new-a"
      })
  }

  /// Without the option unrated items are unknown, and the model file is the same as before.
  @Test func withoutTheOptionTheyAreUnknown() throws {
    try good("train", "--publish", "--force", "--quiet", "--model", "als")
    let list = try rows("recommend", "--user", "u0", "--count", "40")
    #expect(
      list.allSatisfy { !($0["item"] as? String ?? "").hasPrefix("new") && $0["cold"] == nil })
    let unknown = try program.run(["similar", "--item", "new-a"])
    #expect(unknown.exitCode == 1 && unknown.errors.contains("does not know item new-a"))
  }

  @Test func theDaemonSaysWhichTheyAre() throws {
    try good(
      "train", "--publish", "--force", "--quiet", "--model", "implicit-als", "--cold-items",
      "attributes")
    let running = try program.start(["serve", "--socket", "s.sock"])
    try #require(running.waitForOutput("s.sock\n"))
    let answers = try SocketClient(path: folder.path("s.sock")).ask(
      "RECOMMEND u0 COUNT 40\nEXPLAIN u0 new-a\nEXPLAIN u0 i3\nQUIT\n"
    ).split(separator: "\n")
    #expect(answers[0].components(separatedBy: #""cold":1"#).count == 3, "\(answers[0])")
    #expect(answers[1].contains(#""item":"new-a","title":"Title of new-a","cold":1"#))
    #expect(!answers[2].contains("cold"))
    running.send(SIGTERM)
    #expect(running.finish().exitCode == 0)
  }

  @Test(arguments: [
    ("", "only blank lines"),
    ("item\ni1\n", "no column of numbers after the id column"),
    ("item,v0\ni1,1,2\n", "line 2"), ("item,v0\ni1,nan\n", "not a finite number"),
    ("item,v0\ni1,1e99\n", "not a finite number"), ("item,v0\ni1,\n", "not a finite number"),
    ("item,v0\ni1,1\ni1,2\n", "appears twice"),
    (
      "item,v0\nnobody,1\nelse,2\n",
      "none of its 2 ids is that of a rated item (the first is nobody)"
    ),
    ("item,v0\ni1,1\ni2,2\nnew-a,3\n", "only 2 of the 30 rated items have content"),
  ])
  func aTableThatIsNoneIsRefused(text: String, words: String) throws {
    try folder.write(text, to: "bad.csv")
    let result = try program.run(["train", "--cold-items", "bad.csv", "--model", "als", "--quiet"])
    #expect(result.exitCode == 1)
    #expect(result.errors.contains(words), "\(result.errors)")
    let versions = try program.run(["models", "list"])
    #expect(!versions.output.contains("als"))
  }

  @Test func whatCanNotHaveThemIsRefused() throws {
    for model in ["popularity", "embedding-mlp", "graph-filter", "blend", "bias-only"] {
      let result = try program.run(["train", "--cold-items", "attributes", "--model", model])
      #expect(
        result.exitCode == 64
          && result.errors.contains("--cold-items goes with --model dot-bias, als"),
        "\(result.errors)")
    }
    let missing = try program.run(["train", "--cold-items", "none.csv"])
    #expect(missing.exitCode == 1 && missing.errors.contains("none.csv"))
    let partly = try String(contentsOfFile: folder.path("vectors.csv"), encoding: .utf8).split(
      separator: "\n"
    ).dropLast()
    try folder.write(partly.joined(separator: "\n") + "\nstranger,1,2,3\n", to: "partly.csv")
    let result = try good("train", "--cold-items", "partly.csv", "--model", "als")
    #expect(
      result.errors.contains("1 ids in partly.csv are not items of the store, such as stranger"))
    #expect(result.errors.contains("als: added 1 items without ratings"), "\(result.errors)")
  }

  /// Items without attributes shared by others teach nothing.
  @Test func attributesThatNobodySharesAreNone() throws {
    try folder.write(
      "id,title,code\n" + (0..<30).map { "i\($0),T,c\($0)\n" }.joined(), to: "codes.csv")
    try folder.write(
      try String(contentsOfFile: folder.path("ratings.csv"), encoding: .utf8), to: "again.csv")
    let other = ["--store", "sqlite:other.sqlite"]
    let imported = try program.run(["import", "again.csv", "--items", "codes.csv"] + other)
    try #require(imported.exitCode == 0, "\(imported.errors)")
    let result = try program.run(["train", "--cold-items", "attributes", "--model", "als"] + other)
    #expect(result.exitCode == 1 && result.errors.contains("no attribute has a value"))
  }
}
