import Foundation
import TestEnvironment
import Testing

/// Tests of common file formats through the binary: what is read, what is refused, and what is reported.
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
    // The file does not say whether the artist's id or name is the item.
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
    ("SQLite format 3\0", "an SQLite database", "sqlite3"),
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
    // An error that stops an import stops a dry run, too.
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

  /// As in data sets of watched titles, where -1 means no rating.
  @Test(arguments: [
    ("a,b,-1\na,c,9\nb,b,-1\n", true), ("a,b,-1\na,c,9\nb,b,-2\n", false),
    ("a,b,-1\na,c,1\n", false),
  ])
  func minusOneThatMayBeNoRatingIsTold(_ lines: String, _ isTold: Bool) throws {
    let result = try program.run(["import", "-", "--dry-run"], input: "user,item,rating\n" + lines)
    #expect(result.exitCode == 0)
    #expect(result.errors.contains("2 values are -1") == isTold, "\(result.errors)")
  }

  /// An implicit-feedback model counts every line as a play.
  @Test func playsOfNothingAreTold() throws {
    let lines = "user,item,plays\na,b,7\na,c,0\nb,b,-2\n"
    let plays = try program.run(["import", "-", "--feedback", "implicit"], input: lines)
    #expect(plays.exitCode == 0)
    #expect(
      plays.errors.contains("2 values are 0 or below, and each line counts"), "\(plays.errors)")
    let opinions = try program.run(
      ["import", "-", "--feedback", "explicit", "--dry-run", "--store", "sqlite:o.sqlite"],
      input: "user,item,rating\na,b,7\na,c,0\n")
    #expect(!opinions.errors.contains("0 or below"), "\(opinions.errors)")
  }

  /// A file of items was once imported as ratings without a word. Now it is refused or reported, with a remedy.
  @Test func filesOfItemsAreSentToItems() throws {
    try folder.write("movieId,title,year\n1,Toy Story,1995\n2,Jumanji,1995\n", to: "movies.csv")
    let refused = try program.run(["import", "movies.csv"])
    #expect(refused.exitCode == 1 && refused.output.isEmpty && !hasStore())
    #expect(
      refused.errors.contains("user=title by elimination, item=movieId by name, value=year by its"))
    #expect(refused.errors.contains("`latent import --items FILE`"), "\(refused.errors)")
    let items = try program.run(["import", "--items", "movies.csv"])
    #expect(items.exitCode == 0 && items.output.contains("id=movieId; title=title"))
  }

  @Test func columnsThatAreNotReadAreNamed() throws {
    let text = "user,item,rating,last_played,note\na,b,3,2001-02-03,x\n"
    let result = try program.run(["import", "-"], input: text)
    #expect(result.output.contains("not read: last_played, note"), "\(result.output)")
    #expect(
      result.errors.contains(
        "last_played holds times and was not read. If they are the times of the ratings, import again "
          + "with the columns `user=user,item=item,value=rating,time=last_played`"))
    let told = ["--columns", "user=user,item=item,value=rating,time=last_played"]
    let again = try program.run(["import", "-"] + told, input: text)
    #expect(again.output.contains("not read: note") && !again.errors.contains("last_played"))
    #expect(again.output.contains("Times: 2001-02-03"))
    let same = try program.run(["import", "-", "--columns", "user=1,item=1"], input: text)
    #expect(same.exitCode == 1 && same.errors.contains("the column user is given twice"))
    let index = try program.run(["import", "-"], input: ",user,item,rating\n0,a,b,3\n")
    #expect(index.output.contains("not read: column 1\n"))
  }

  @Test func idsThatMayBeOthersAreTold() throws {
    #expect(try program.run(["import", "-"], input: "user,item,rating\n7,1,3\n").exitCode == 0)
    let padded = "user,item,rating\n007,1,5\n"
    let refused = try program.run(["import", "-"], input: padded)
    #expect(refused.exitCode == 1 && refused.errors.contains("it would be the same id as 7"))
    #expect(refused.errors.contains("--user-id-type"))
    let told = try program.run(["import", "-", "--user-id-type", "integer"], input: padded)
    #expect(told.exitCode == 0 && told.output.contains("1 replaced"))
    #expect(told.errors.contains("zeros in front") && told.errors.contains("\"007\""))
    let mixed = try program.run(["import", "-"], input: "user,item,rating\n7.0,1,5\n8,1,5\n")
    #expect(mixed.errors.contains("with decimals that are zeros, and 1 without: \"7.0\""))
    let missing = try program.run(["import", "-"], input: "user,item,rating\nNULL,1,5\n")
    #expect(missing.exitCode == 1 && missing.errors.contains("instead of an id"))
  }

  @Test func numbersThatMayBeThousandsAreAsked() throws {
    let plays = "user;item;plays\n1;2;1.234\n1;3;567\n"
    let refused = try program.run(["import", "-"], input: plays)
    #expect(refused.exitCode == 1 && refused.errors.contains("they may be thousands"))
    #expect(refused.errors.contains("(decimal .). The option is --decimal."))
    #expect(try program.run(["import", "-", "--decimal", "."], input: plays).exitCode == 0)
  }

  @Test func reasonsAreTheRightOnes() throws {
    let half = try program.run(
      ["import", "-"], input: #"{"user":"\ud83d","item":1,"rating":3}"#)
    #expect(half.exitCode == 1 && !half.errors.contains("--encoding"), "\(half.errors)")
    let spread = try program.run(
      ["import", "-"], input: "{\"user\":1,\n\"item\":1,\n\"rating\":3}\n")
    #expect(spread.exitCode == 0 && spread.errors.isEmpty, "\(spread.errors)")
    try folder.write(
      Array(("user,item,title,rating\n" + String(repeating: "1,2,Война и мир,3\n", count: 5)).utf16)
        .flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }, to: "utf16.csv")
    let utf16 = try program.run(["import", "utf16.csv"])
    #expect(
      utf16.errors.contains("UTF-16 without a byte order mark")
        && utf16.errors.contains("encoding utf-16"))
    let store = try program.run(["import", "-", "--rejects", "./latent.sqlite"], input: "1,2,3\n")
    #expect(store.exitCode == 64 && store.errors.contains("would be the store itself"))
    let names = (0..<10_000).map { "c\($0)" }.joined(separator: ",")
    let wide = try program.run(["import", "-"], input: "user,item,\(names)\n")
    #expect(wide.errors.utf8.count + wide.output.utf8.count < 4000)
    let netflix = try program.run(
      ["import", "-"], input: "1:\n1488844,3,2005-09-06\n822109,5,2005-05-13\n2:\n7,4,2005-09-05\n")
    #expect(netflix.exitCode == 1 && netflix.errors.contains("awk"), "\(netflix.errors)")
  }
}
