import Foundation
import TestEnvironment
import Testing

/// Tests of `latent import`, and of commands that read a store, through the binary.
struct ImportCommandTests {
  let folder: TemporaryFolder
  let program: Program

  init() throws {
    folder = try TemporaryFolder()
    program = Program(in: folder.path)
  }

  private static let ratings = "user,item,rating,time\nalice,m1,4.5,964982703\nbob,m1,2,\n"

  @Test func aFileComesInAndComesInAgain() throws {
    try folder.write(Self.ratings, to: "ratings.csv")
    try folder.write("id,title,genres\nm1,\"The One, Again\",Drama|War\n", to: "items.csv")
    let first = try program.run(["import", "ratings.csv", "--items", "items.csv"])
    #expect(first.exitCode == 0, "\(first.errors)")
    #expect(
      first.output.contains("Ratings: 2 added, 0 replaced, 0 unchanged, 0 merged, 0 rejected"))
    #expect(first.errors.isEmpty)
    let second = try program.run(["import", "ratings.csv", "--quiet"])
    #expect(second.exitCode == 0 && second.output.isEmpty && second.errors.isEmpty)
    let listed = try program.run(["items", "--search", "again", "--format", "csv"])
    #expect(
      listed.output
        == "item,title,ratings,attributes\nm1,\"The One, Again\",2,genre=Drama|genre=War\n")
    let mine = try program.run(["ratings", "--user", "alice", "--format", "json"])
    #expect(
      mine.output == """
        [
          {"item": "m1", "title": "The One, Again", "rating": 4.5, "time": "2000-07-30T18:45:03Z"}
        ]

        """)
    let received = try program.run(["ratings", "--item", "m1", "--format", "csv"])
    #expect(received.output.hasSuffix("bob,2.0,\n"))
  }

  @Test func aBadLineStopsWithItsPlaceAndLeavesNothing() throws {
    try folder.write(Self.ratings + "carol,m2,many,\n", to: "ratings.csv")
    for types in [[], ["--user-id-type", "text", "--item-id-type", "text"]] {
      let result = try program.run(["import", "ratings.csv"] + types)
      #expect(result.exitCode == 1)
      #expect(result.output.isEmpty)
      #expect(
        result.errors.hasPrefix(
          "error: ratings.csv, line 4, column 3 (rating): \"many\" is not a number."))
      let users = try program.run(["users", "--format", "json"])
      #expect(users.exitCode == 1 && users.errors.contains("there is no such file"))
    }
  }

  @Test func standardInputIsReadAndBadLinesAreSetAside() throws {
    let arguments = ["import", "-", "--rejects", "bad.csv"]
    let result = try program.run(arguments, input: Self.ratings + "carol,m2,many,\n")
    #expect(result.exitCode == 0)
    #expect(result.output.contains("2 added, 0 replaced, 0 unchanged, 0 merged, 1 rejected"))
    #expect(result.errors.contains("bad.csv.reasons"))
    let bad = try String(contentsOfFile: folder.path("bad.csv"), encoding: .utf8)
    #expect(bad == "user,item,rating,time\ncarol,m2,many,\n")
    try folder.write(bad.replacing("many", with: "5"), to: "bad.csv")
    #expect(try program.run(["import", "bad.csv"]).output.contains("1 added"))
  }

  @Test func pathsThatAreWrongMakeNoStore() throws {
    let result = try program.run(["import", "missing.csv"])
    #expect(result.exitCode == 1)
    #expect(result.errors.contains("missing.csv"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test(arguments: [
    ["import"], ["import", "-", "-"], ["import", "x", "--item-columns", "id=1"],
    ["import", "x", "--quote", "single"], ["import", "x", "--repeats", "min"],
    ["import", "x", "--scale", "5..1"],
    ["import", "x", "--columns", "user=1"], ["import", "x", "--delimiter", "abc"],
    ["import", "x", "--user-id-type", "uuid"], ["import", ".", "--delimiter", ","],
    ["ratings", "--user", "1", "--item", "1"], ["items", "--search", "x", "--item", "1"],
    ["users", "--limit", "0"],
  ])
  func wrongUsageEndsWith64(_ arguments: [String]) throws {
    #expect(try program.run(arguments).exitCode == 64)
  }

  @Test func aFolderOfMovieLensComesIn() throws {
    let result = try program.run(["import", ProjectFolder.fixture("catalogue")])
    #expect(result.exitCode == 0)
    #expect(result.output.contains("Items: 120 added"))
    let users = try program.run(["users", "--after", "198", "--format", "csv"])
    #expect(users.output.split(separator: "\n").map { $0.prefix(4) } == ["user", "199,", "200,"])
  }

  @Test(.timeLimit(.minutes(1))) func endingTheProgramLeavesNothing() throws {
    let rows = Data((0..<200_000).map { "\($0),\($0 % 1000),3\n" }.joined().utf8)
    let pipe = folder.path("ratings.fifo")
    #expect(mkfifo(pipe, 0o600) == 0)
    let arguments = [
      "import", "ratings.fifo", "--user-id-type", "integer", "--item-id-type", "integer",
    ]
    for signal in [SIGINT, SIGKILL] {
      let running = try program.start(arguments)
      // A pipe holds little: once this is written, the program is in the middle of its transaction.
      let writing = try #require(FileHandle(forWritingAtPath: pipe))
      try writing.write(contentsOf: rows)
      running.send(signal)
      #expect(running.finish().wasSignalled)
      try writing.close()
      let users = try program.run(["users", "--format", "json"])
      #expect(users.exitCode == 1 && users.errors.contains("there is no such file."))
    }
    let running = try program.start(arguments)
    let writing = try #require(FileHandle(forWritingAtPath: pipe))
    try writing.write(contentsOf: rows)
    try writing.close()
    #expect(running.finish().output.contains("200000 added"))
  }
}
