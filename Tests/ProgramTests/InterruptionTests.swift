import Foundation
import Ratings
import RatingsSQLite
import TestEnvironment
import Testing

/// Tests that kill -9 at any moment leaves the store and the models usable and the old model in service.
///
/// The moments are spread over the duration of an undisturbed run, so that on any machine some fall into each of its
/// phases. The same must hold whichever phase a kill hits.
@Suite(.serialized)
struct InterruptionTests {
  /// The number of moments tried during a run.
  static let momentCount = 8

  /// Runs `arguments` once to the end and then, from the same initial state, kills it at evenly spread moments.
  /// `prepare` sets up that state, and `check` examines what each kill left behind.
  static func killAtSpreadMoments(
    _ arguments: [String], by signal: Int32 = SIGKILL, prepare: () throws -> Program,
    check: (Program) throws -> Void
  ) throws {
    let undisturbed = try prepare()
    let clock = ContinuousClock()
    let duration = try clock.measure {
      let result = try undisturbed.run(arguments)
      try #require(result.exitCode == 0, "\(result.errors)")
    }
    for moment in 0..<momentCount {
      let program = try prepare()
      let running = try program.start(arguments)
      // This waits for nothing in particular: it hits a different phase each time.
      Thread.sleep(forTimeInterval: duration / .seconds(1) * Double(moment) / Double(momentCount))
      running.send(signal)
      _ = running.finish()
      try check(program)
    }
  }

  @Test func aKilledImportIsWholeOrNothingAndCanBeRepeated() throws {
    let inputs = try TemporaryFolder()
    let old = try inputs.write("user,item,rating\n1,1,5\n1,2,4\n2,1,3\n", to: "old.csv")
    var lines = "user,item,rating\n"
    for row in 0..<200_000 { lines += "\(100 + row / 400),\(row % 400),\(row % 5 + 1)\n" }
    let new = try inputs.write(lines, to: "new.csv")
    var folders: [TemporaryFolder] = []

    try Self.killAtSpreadMoments(["import", new]) {
      let folder = try TemporaryFolder()
      folders.append(folder)
      let program = Program(in: folder.path)
      try #require(try program.run(["import", old]).exitCode == 0)
      return program
    } check: { program in
      let store = SQLiteStore(path: program.folder + "/latent.sqlite")
      func ratingCount() throws -> Int {
        var count = 0
        try store.readRatings(from: .table) { count += $0.count }
        return count
      }
      let left = try ratingCount()
      #expect(left == 3 || left == 200_003)
      let again = try program.run(["import", new])
      #expect(again.exitCode == 0, "\(again.errors)")
      #expect(try ratingCount() == 200_003)
    }
  }

  @Test(arguments: [SIGTERM, SIGINT, SIGKILL])
  func anImportThatASignalEndsLeavesNothingOfTheLinesThatItSetAside(_ signal: Int32) throws {
    let folder = try TemporaryFolder()
    let program = Program(in: folder.path)
    let pipe = folder.path("ratings.csv")
    try #require(mkfifo(pipe, 0o600) == 0)
    let running = try program.start([
      "import", pipe, "--rejects", "bad.csv", "--user-id-type", "text", "--item-id-type", "text",
    ])
    let input = try FileHandle(forWritingTo: URL(fileURLWithPath: pipe))
    // A pipe holds far less: once all input has been consumed, lines have been set aside.
    let lines = "user,item,rating\n" + String(repeating: "ann,tea,none\n", count: 400_000)
    try input.write(contentsOf: Data(lines.utf8))
    running.send(signal)
    #expect(running.finish().wasSignalled)
    try input.close()
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    // Leftovers of the unfinished store are removed by whoever creates it next.
    #expect(left.filter { !$0.contains("latent.sqlite") } == ["ratings.csv"])
    _ = try program.run(["migrate"])
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(!names.contains { $0.contains("latent-draft") }, "\(names)")
  }

  @Test func aKilledForgettingLeavesModelsThatServeAndIsFinishedByTheNext() throws {
    var folders: [TemporaryFolder] = []
    let person = "person-7-of-many"
    let users = (0..<150).map { "person-\($0)-of-many" }
    let lines = users.flatMap { user in (0..<10).map { "\(user),\($0),\($0 % 5 + 1)\n" } }

    try Self.killAtSpreadMoments(["forget", "--user", person, "--everywhere"]) {
      let folder = try TemporaryFolder()
      folders.append(folder)
      try folder.write("user,item,rating\n" + lines.joined(), to: "ratings.csv")
      let program = Program(in: folder.path)
      try #require(try program.run(["import", "ratings.csv"]).exitCode == 0)
      for version in ["1", "2", "3"] {
        let training = ["train", "--epochs", version, "--quiet"]
        try #require(try program.run(training).exitCode == 0)
        try #require(try program.run(["models", "promote", version]).exitCode == 0)
      }
      return program
    } check: { program in
      #expect(try program.run(["models", "verify", "--all"]).exitCode == 0)
      let answer = try program.run(["recommend", "--user", "person-8-of-many", "--include-rated"])
      #expect(answer.exitCode == 0 && answer.errors.isEmpty, "\(answer.errors)")
      let again = try program.run(["forget", "--user", person, "--everywhere"])
      #expect(again.exitCode == 0, "\(again.errors)")
      let walk = try #require(FileManager.default.enumerator(atPath: program.folder))
      for name in walk.compactMap({ $0 as? String }) where name != "ratings.csv" {
        let data = FileManager.default.contents(atPath: program.folder + "/" + name)
        #expect(data?.firstRange(of: Data(person.utf8)) == nil, "\(name)")
      }
      for _ in 0..<2 { #expect(try program.run(["models", "rollback"]).exitCode == 0) }
      #expect(try program.run(["models", "rollback"]).exitCode == 1)
    }
  }

  @Test func aKilledTrainingLeavesTheOldModelInServiceAndTheRegistryUsable() throws {
    var folders: [TemporaryFolder] = []
    let ratings = ProjectFolder.fixture("catalogue")

    try Self.killAtSpreadMoments(["train", "--publish", "--epochs", "3"]) {
      let folder = try TemporaryFolder()
      folders.append(folder)
      let program = Program(in: folder.path)
      try #require(try program.run(["import", ratings]).exitCode == 0)
      try #require(try program.run(["train", "--model", "popularity", "--publish"]).exitCode == 0)
      return program
    } check: { program in
      let verified = try program.run(["models", "verify"])
      #expect(verified.exitCode == 0, "\(verified.errors)")
      let answer = try program.run(["recommend", "--user", "1", "--format", "csv"])
      #expect(answer.exitCode == 0, "\(answer.errors)")
      #expect(answer.output.split(separator: "\n").count > 1)
      let again = try program.run(["train", "--publish", "--seed", "1"])
      #expect(again.exitCode == 0, "\(again.errors)")
      #expect(try program.run(["models", "verify"]).exitCode == 0)
    }
  }
}
