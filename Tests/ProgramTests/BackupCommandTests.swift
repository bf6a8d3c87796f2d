import Foundation
import GRDB
import RatingsPostgres
import TestEnvironment
import Testing

/// Tests of `latent backup` and `latent restore`: with store and models in use, and with incomplete backups.
struct BackupCommandTests {
  let folder: TemporaryFolder
  let program: Program

  init() throws {
    folder = try TemporaryFolder()
    program = Program(in: folder.path)
  }

  @discardableResult
  private func good(_ words: String...) throws -> Program.Result {
    let result = try program.run(words)
    try #require(result.exitCode == 0, "\(words): \(result.errors)")
    return result
  }

  private func prepare(store: String? = nil) throws {
    let place = store.map { ["--store", $0] } ?? []
    for words in [
      ["import", ProjectFolder.fixture("catalogue")] + place,
      ["train", "--publish", "--model", "bias-only"] + place,
      ["train", "--publish", "--model", "als", "--factors", "4"] + place,
      ["forget", "--user", "1"] + place,
    ] {
      let result = try program.run(words)
      try #require(result.exitCode == 0, "\(words): \(result.errors)")
    }
  }

  /// The answers of the store and of the models, and the training runs.
  private func answers(_ place: [String]) throws -> [String] {
    try [
      ["stats", "--format", "json"], ["users", "--limit", "5", "--format", "csv"],
      ["items", "--limit", "3", "--format", "csv"], ["models", "list", "--format", "csv"],
      ["models", "verify", "--all", "--format", "csv"],
      ["recommend", "--user", "2", "--format", "csv"],
    ].map { words in
      let takesStore = words[0] != "models"
      let takesModels = ["models", "recommend"].contains(words[0])
      let result = try program.run(
        words + (takesStore ? Array(place.prefix(2)) : [])
          + (takesModels ? Array(place.suffix(2)) : []))
      try #require(result.exitCode == 0, "\(words): \(result.errors)")
      return result.output
    }
  }

  @Test func whatIsRestoredAnswersAsWhatWasBackedUp() throws {
    try prepare()
    let made = try good("backup", "copy")
    #expect(
      made.output.contains(
        #/^backed up sqlite:latent.sqlite and \d versions? of models to copy: \d+ files, \d+ bytes\n$/#
      ), "\(made.output)")
    let other = ["--store", "sqlite:other.sqlite", "--models", "other"]
    let restored = try program.run(["restore", "copy"] + other)
    #expect(restored.exitCode == 0, "\(restored.errors)")
    let usual = ["--store", "sqlite:latent.sqlite", "--models", "latent-models"]
    #expect(try answers(other) == answers(usual))
    // Forgotten users stay forgotten: their digests are part of the backup.
    let back = try program.run(["import", ProjectFolder.fixture("catalogue")] + other.prefix(2))
    #expect(back.exitCode == 1 && back.errors.contains("forgotten"), "\(back.errors)")
    // Work can continue from the restored state.
    #expect(
      try program.run(["train", "--publish", "--model", "bias-only", "--force"] + other).exitCode
        == 0)
    #expect(try program.run(["models", "rollback"] + other.suffix(2)).exitCode == 0)
  }

  @Test(
    .enabled(if: Requirement.postgres.isMet, Comment(rawValue: Requirement.postgres.howToGet)))
  func aStoreInPostgresIsRestoredInAnother() throws {
    let (first, second) = (try TemporaryDatabase(), try TemporaryDatabase())
    try prepare(store: first.url)
    try good("backup", "copy", "--store", first.url)
    let other = ["--store", second.url, "--models", "other"]
    let restored = try program.run(["restore", "copy"] + other)
    #expect(restored.exitCode == 0, "\(restored.errors)")
    #expect(try answers(other) == answers(["--store", first.url, "--models", "latent-models"]))
    // The run numbers continue, and changes to ratings are notified.
    #expect(try program.run(["train", "--model", "bias-only"] + other).exitCode == 0)
    let runs = try PostgresConnection(url: second.url).query(
      "select count(*), max(run_id) from latent.training_run")
    #expect(runs.text(0, 0) == "3" && runs.text(0, 1) == "3")

    // Objects that others attached to the tables are kept, or keep the tables from being recreated.
    let connection = try PostgresConnection(url: second.url)
    try connection.execute("create view stars as select value from latent.rating")
    let again = try program.run(["restore", "copy", "--replace"] + other)
    #expect(again.exitCode == 0, "\(again.errors)")
    #expect(try connection.query("select count(*) > 0 from stars").text(0, 0) == "t")

    // Text ids replace integer ids, in one transaction.
    try folder.write("user,item,value\nann,heat,5\nbob,heat,3\n", to: "texts.csv")
    let third = try TemporaryDatabase()
    try good("import", "texts.csv", "--store", third.url)
    try good("backup", "texts", "--store", third.url)
    let refused = try program.run(["restore", "texts", "--store", second.url, "--models", "third"])
    #expect(refused.exitCode == 1)
    #expect(refused.errors.contains("holds ratings or items already"), "\(refused.errors)")
    let replacing = ["restore", "texts", "--store", second.url, "--models", "third", "--replace"]
    let hung = try program.run(replacing)
    #expect(hung.exitCode == 1 && hung.errors.contains("stars"), "\(hung.errors)")
    try connection.execute("drop view stars")
    let replaced = try program.run(replacing)
    #expect(replaced.exitCode == 0, "\(replaced.errors)")
    #expect(try good("users", "--store", second.url, "--format", "csv").output.contains("ann,1"))
    // A backup of one kind of store can't be restored to the other.
    let kind = try program.run([
      "restore", "texts", "--store", "sqlite:x.sqlite", "--models", "fourth",
    ])
    #expect(
      kind.exitCode == 1 && kind.errors.contains("it holds no backup of an SQLite store"),
      "\(kind.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("x.sqlite")))
  }

  /// As run by cron, without any location configured.
  @Test func nothingIsNoBackup() throws {
    let result = try program.run(["backup", "copy"])
    #expect(
      result.exitCode == 1
        && result.errors.contains("nothing to back up: no store sqlite:latent.sqlite")
        && result.errors.contains("LATENT_STORE"), "\(result.errors)")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path)
        .allSatisfy { !$0.contains("copy") })
  }

  @Test func nothingIsWrittenOverUnlessThatIsAskedFor() throws {
    try prepare()
    try good("backup", "copy")
    let again = try program.run(["backup", "copy"])
    #expect(again.exitCode == 1 && again.errors.contains("copy already exists"))
    let store = try program.run(["restore", "copy", "--models", "other"])
    #expect(
      store.exitCode == 1
        && store.errors.contains("sqlite:latent.sqlite holds ratings or items already"))
    let models = try program.run(["restore", "copy", "--store", "sqlite:other.sqlite"])
    #expect(models.exitCode == 1 && models.errors.contains("latent-models holds models already"))
    // A good backup is reported as good, whatever exists at the destination.
    let check = try good("restore", "copy", "--dry-run")
    #expect(check.output.hasPrefix("would restore sqlite:latent.sqlite "))
    for obstacle in ["sqlite:latent.sqlite holds ratings or items", "latent-models holds models"] {
      #expect(check.errors.contains("This needs --replace: \(obstacle) already.\n"))
    }
    #expect(!FileManager.default.fileExists(atPath: folder.path("other.sqlite")))
    let before = try answers(["--store", "sqlite:latent.sqlite", "--models", "latent-models"])
    try good("train", "--publish", "--model", "bias-only", "--force")
    try folder.write("userId,movieId,rating\n9999,1,5\n", to: "more.csv")
    try good("import", "more.csv")
    let dry = try good("restore", "copy", "--replace", "--dry-run")
    #expect(
      dry.output.hasPrefix("would restore sqlite:latent.sqlite from sqlite:latent.sqlite and "))
    let replaced = try good("restore", "copy", "--replace")
    #expect(
      replaced.errors.contains(#/The previous models are kept in latent-models.replaced-\d+\. /#))
    #expect(
      try answers(["--store", "sqlite:latent.sqlite", "--models", "latent-models"]) == before)
  }

  /// Root can write even to a file without write permission, so the permissions themselves are checked.
  @Test func theOwnerOfWhatIsRestoredMayChangeWhatIsInService() throws {
    try prepare()
    // Shells append the slash.
    try good("backup", "copy/")
    try good("restore", "copy/", "--store", "sqlite:other.sqlite", "--models", "other/")
    let rights = try FileManager.default.attributesOfItem(
      atPath: folder.path("other/recommender/history"))[.posixPermissions]
    #expect(try #require(rights as? Int) & 0o200 != 0)
    try good("models", "rollback", "--models", "other")
  }

  @Test func whatIsNoWholeBackupIsNotTakenForOne() throws {
    try prepare()
    try good("backup", "copy")
    let path = try #require(
      FileManager.default.subpathsOfDirectory(atPath: folder.path("copy"))
        .first { $0.hasSuffix(".safetensors") })
    let file = folder.path("copy/" + path)
    let whole = try Data(contentsOf: URL(fileURLWithPath: file))
    func restore(_ from: String = "copy") throws -> Program.Result {
      try program.run(["restore", from, "--store", "sqlite:other.sqlite", "--models", "other"])
    }
    var altered = whole
    altered[altered.count - 1] ^= 1
    unlink(file)
    try altered.write(to: URL(fileURLWithPath: file))
    #expect(try restore().errors.contains("it is not the file that was backed up"))
    unlink(file)
    #expect(try restore().errors.contains("there is no such file"))
    try whole.write(to: URL(fileURLWithPath: file))
    #expect(try restore().exitCode == 0)

    let manifest = folder.path("copy/backup.json")
    let text = try String(contentsOfFile: manifest, encoding: .utf8)
    unlink(manifest)
    #expect(try restore().errors.contains("it is not a backup: there is no backup.json"))
    try folder.write(
      text.replacing("store/store.sqlite", with: "../outside"), to: "copy/backup.json")
    #expect(try restore().errors.contains("names a path that leads out of it"))
    unlink(manifest)
    try folder.write(
      text.replacing("\"format\" : 1", with: "\"format\" : 2"), to: "copy/backup.json")
    #expect(try restore().errors.contains("a newer Latent made it"))
    #expect(try restore("latent-models").errors.contains("it is not a backup"))
  }

  @Test func aBackupThatIsKilledLeavesNothingOfItsName() throws {
    try prepare()
    let store = try DatabaseQueue(path: folder.path("latent.sqlite"))
    // The backup waits midway for the models' lock.
    let lock = open(
      folder.path("latent-models/recommender/.lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    try #require(lock >= 0 && flock(lock, LOCK_EX) == 0)
    let backup = try program.start(["backup", "copy"])
    func staged() -> [String] {
      ((try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? []).filter {
        $0.contains(".unfinished/models/recommender")
      }
    }
    while staged().isEmpty {
      try #require(backup.isRunning)
      sched_yield()
    }
    backup.send(SIGKILL)
    _ = backup.finish()
    #expect(!FileManager.default.fileExists(atPath: folder.path("copy")))
    close(lock)
    try store.close()
    try good("backup", "copy")
    // The leftover files were removed, too.
    #expect(staged().isEmpty)
  }

  /// As if each backup had the weekday in its name. No process has such an id.
  @Test func whatIsLeftOfOtherNamesGoesADayLater() throws {
    try prepare()
    let files = FileManager.default
    let names = ["monday.999999999.unfinished", "tuesday.999999999.unfinished", "other.unfinished"]
    for name in names {
      try files.createDirectory(
        atPath: folder.path("\(name)/store"), withIntermediateDirectories: true)
    }
    let before = Date(timeIntervalSinceNow: -90_000)
    for path in [names[0] + "/store", names[0], names[1], names[2] + "/store", names[2]] {
      try files.setAttributes([.modificationDate: before], ofItemAtPath: folder.path(path))
    }
    try good("backup", "wednesday")
    #expect(names.map { files.fileExists(atPath: folder.path($0)) } == [false, true, true])
  }

  /// Two users' values always add up to the same total: a copy that mixed several moments would not keep it.
  @Test func aCopyIsOfOneMomentWhateverIsWrittenMeanwhile() async throws {
    let rows = (0..<20_000).map { "\($0),1,\(1 + $0 % 5)\n" }.joined()
    try folder.write("userId,movieId,rating\n" + rows, to: "many.csv")
    try good("import", "many.csv")
    let path = folder.path("latent.sqlite")
    let stop = folder.path("stop")
    let writer = Task {
      try await onThread {
        let queue = try DatabaseQueue(path: path)
        var swaps = 0
        while !FileManager.default.fileExists(atPath: stop) {
          try queue.write { database in
            try database.execute(
              sql: """
                update rating set value = value + 1 where user_id = 0;
                update rating set value = value - 1 where user_id = 19999
                """)
          }
          swaps += 1
        }
        return swaps
      }
    }
    for count in 0..<5 {
      try good("backup", "copy\(count)")
      try good(
        "restore", "copy\(count)", "--store", "sqlite:other\(count).sqlite", "--models", "other")
      let copy = try DatabaseQueue(path: folder.path("other\(count).sqlite"))
      let sum = try await copy.read {
        try Double.fetchOne($0, sql: "select sum(value) from rating where user_id in (0, 19999)")
      }
      // 1 for the first user, 5 for the last.
      #expect(sum == 6)
    }
    try folder.write("", to: "stop")
    #expect(try await writer.value > 0)
  }

  @Test func aDamagedVersionIsLeftOutUnlessItIsInService() throws {
    try prepare()
    try good("train", "--publish", "--model", "bias-only", "--force")
    let listed = try good("models", "list", "--format", "csv").output
    let numbers = listed.split(separator: "\n").dropFirst().compactMap { line in
      line.split(separator: ",").dropFirst().first.flatMap { Int($0) }
    }
    let (old, current) = (try #require(numbers.first), try #require(numbers.last))
    func damage(_ version: Int) throws {
      let file = folder.path(
        String(format: "latent-models/recommender/versions/%06d/model.safetensors", version))
      var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
      bytes[bytes.count - 1] ^= 1
      unlink(file)
      try bytes.write(to: URL(fileURLWithPath: file))
    }
    try damage(old)
    let made = try good("backup", "copy")
    #expect(made.errors.contains("warning: left out, as it is damaged: "), "\(made.errors)")
    try good("restore", "copy", "--store", "sqlite:other.sqlite", "--models", "other")
    #expect(try good("models", "verify", "--all", "--models", "other").exitCode == 0)
    try damage(current)
    let refused = try program.run(["backup", "copy2"])
    #expect(
      refused.exitCode == 1 && refused.errors.contains("it is not the file that was published"),
      "\(refused.errors)")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
        $0.hasPrefix("copy2")
      }.isEmpty)
  }
}
