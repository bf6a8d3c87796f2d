import Foundation
import TestEnvironment
import Testing

/// Files as people have them, through the real program: what is read, what is refused, and what is said.
struct ImportFormatsTests {
  let folder: TemporaryFolder
  let program: Program

  init() throws {
    folder = try TemporaryFolder()
    program = Program(in: folder.path)
  }

  private func hasStore() -> Bool {
    FileManager.default.fileExists(atPath: folder.path("latent.sqlite"))
  }

  @Test func quotesThatMeanNothingMergeNoLines() throws {
    let lines = [
      "u1\ta1\t\"Heroes\t7", "u2\ta2\tx\t3", "u3\ta3\ty\t5", "u4\ta4\tz\t3", "u5\ta5\tb\"\t3",
    ]
    try folder.write(lines.joined(separator: "\n") + "\n", to: "plays.tsv")
    // Whether the artist's id or name is the item, the file does not say.
    let unclear = try program.run(["import", "plays.tsv"])
    #expect(unclear.exitCode == 1 && unclear.errors.contains("--columns") && !hasStore())
    let told = try program.run(["import", "plays.tsv", "--columns", "user=1,item=2,value=4"])
    #expect(told.exitCode == 0 && told.output.contains("5 lines: 5 in 5 records"))
    #expect(told.output.contains("Ratings: 5 added, 0 replaced, 0 unchanged, 0 merged, 0 rejected"))
  }

  @Test(arguments: [
    "{\"user\":1,\"item\":2,\"rating\":3}\n{\"user\":1,\"item\":3,\"rating\":4}\n",
    "[{\"user\":1,\"item\":2,\"rating\":3},{\"user\":1,\"item\":3,\"rating\":4}]",
  ])
  func jsonIsRead(_ text: String) throws {
    let result = try program.run(["import", "-"], input: text)
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(result.output.contains("user=user, item=item, value=rating (by name, JSON)"))
    #expect(result.output.contains("Ratings: 2 added"))
  }

  @Test(arguments: [
    ("PAR1....", "it is a Parquet file", "duckdb"),
    ("SQLite format 3\0", "a SQLite database", "sqlite3"),
    ("PK\u{3}\u{4}", "it is a zip archive", "unzip"), ("<html>", "it is a web page", "fetch"),
    ("version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer", "git lfs pull"),
  ])
  func whatIsNotReadIsNamedAndMakesNoStore(_ text: String, _ what: String, _ command: String) throws
  {
    try folder.write(text, to: "file.csv")
    let result = try program.run(["import", "file.csv"])
    #expect(result.exitCode == 1 && result.output.isEmpty && !hasStore())
    #expect(result.errors.hasPrefix("error: file.csv: "), "\(result.errors)")
    #expect(result.errors.contains(what) && result.errors.contains(command), "\(result.errors)")
  }

  @Test func filesOfAFolderThatAreNotReadAreNamed() throws {
    try FileManager.default.createDirectory(
      atPath: folder.path("goodbooks"), withIntermediateDirectories: false)
    try folder.write("user_id,book_id,rating\n1,258,5\n", to: "goodbooks/ratings.csv")
    try folder.write("book_id,isbn,title\n258,0439023483,One\n", to: "goodbooks/books.csv")
    let result = try program.run(["import", "goodbooks"])
    #expect(result.output.contains("Not read of goodbooks: books.csv (items are read with --items"))
    let items = try program.run(["import", "--items", "goodbooks/books.csv"])
    #expect(items.output.contains("id=book_id; title=title; attributes isbn"), "\(items.errors)")
    #expect(!items.output.contains("Ratings:"))
  }

  @Test func aDryRunReadsAllAndWritesNothing() throws {
    try folder.write("user,item,plays\na,x,3\na,x,4\nb,\"y \",5000\nc,z,no\n", to: "plays.csv")
    let arguments = ["import", "plays.csv", "--rejects", "bad.csv"]
    let dry = try program.run(arguments + ["--dry-run"])
    #expect(dry.exitCode == 0, "\(dry.errors)")
    for line in [
      "  user a, item x, 3.0\n", "Feedback: implicit; of repeats: the newest.",
      "Values: 4.0 to 5000.0.",
      "Ratings: 4 records, which come to 2 pairs; 1 merged, 1 rejected.", "nothing was written",
    ] {
      #expect(dry.output.contains(line), "\(line): \(dry.output)")
    }
    #expect(dry.errors.contains("white space or a quote at the ends"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["plays.csv"])
    // What a real one is stopped by stops a dry one.
    #expect(try program.run(["import", "plays.csv", "--dry-run"]).exitCode == 1)
    #expect(try program.run(arguments).output.contains("2 added"))
    let over = try program.run(
      ["import", "-", "--dry-run", "--feedback", "explicit"], input: "a,b,3\n")
    #expect(over.exitCode == 1 && over.errors.contains("the store holds implicit feedback"))
  }

  @Test func aRunsRecordNamesTheFeedback() throws {
    let plays = (0..<200).map { "u\($0 % 20),s\($0 % 13)\n" }.joined()
    #expect(try program.run(["import", "-"], input: "user,song\n" + plays).exitCode == 0)
    #expect(try program.run(["train", "--model", "popularity", "--quiet"]).exitCode == 0)
    let path = folder.path("latent-models/recommender/versions/000001/manifest.json")
    let manifest = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path)))
        as? [String: Any])
    let run = try #require(manifest["run"] as? [String: Any])
    #expect((run["parameters"] as? [String: String])?["feedback"] == "implicit")
  }

  @Test func valuesBeyondScalesAreTold() throws {
    let result = try program.run(
      ["import", "-", "--feedback", "explicit"], input: "user,item,rating\na,b,1e6\na,c,3e38\n")
    #expect(
      result.exitCode == 0 && result.errors.contains("--feedback implicit"), "\(result.errors)")
    let beyond = try program.run(["import", "-"], input: "user,item,rating\na,b,1e39\n")
    #expect(beyond.exitCode == 1 && !beyond.errors.contains("0.5 to 5"))
  }

  /// As in data sets of what people watched, where -1 is no rating.
  @Test(arguments: [
    ("a,b,-1\na,c,9\nb,b,-1\n", true), ("a,b,-1\na,c,9\nb,b,-2\n", false),
    ("a,b,-1\na,c,1\n", false),
  ])
  func minusOneThatMayBeNoRatingIsTold(_ lines: String, _ isTold: Bool) throws {
    let result = try program.run(["import", "-", "--dry-run"], input: "user,item,rating\n" + lines)
    #expect(result.exitCode == 0)
    #expect(result.errors.contains("2 values are -1") == isTold, "\(result.errors)")
  }
}
