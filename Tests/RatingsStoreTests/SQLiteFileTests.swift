import Errors
import Foundation
import GRDB
import Ratings
import RatingsSQLite
import TestEnvironment
import Testing

/// Tests the errors for files that are not a store.
@Suite struct SQLiteFileTests {
  private let fixture: SQLiteFixture

  init() throws { fixture = try SQLiteFixture() }

  @Test func missingFileIsToldAndNotMade() throws {
    let problem = storeError { _ = try fixture.store.summary() }
    #expect(problem?.code == .missing)
    #expect(code { try fixture.store.write { _ in } } == .missing)
    #expect(!FileManager.default.fileExists(atPath: fixture.path))
    #expect(try !fixture.store.pendingMigrations().isEmpty)
    #expect(!FileManager.default.fileExists(atPath: fixture.path))
  }

  @Test func aStoreInTheMakingAppearsWholeOrNotAtAll() throws {
    struct Stop: Error {}
    let folder = fixture.folder.path
    // Files left by a killed process.
    try fixture.folder.write("half a store", to: ".ratings.sqlite.latent-draft")
    try fixture.folder.write("of it", to: ".ratings.sqlite.latent-draft-wal")
    try fixture.folder.write("", to: ".ratings.sqlite.latent-draft.lock")
    #expect(throws: Stop.self) {
      try fixture.store.making { store in
        try store.write { writer in
          try writer.fixTypes(user: .integer, item: .integer)
          _ = try writer.write(RatingBatch([Rating(1, 1, 1)]), .replacing)
        }
        #expect(!FileManager.default.fileExists(atPath: fixture.path))
        #expect(store.name == fixture.store.name)
        throw Stop()
      }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
    try fixture.store.making { store in
      try store.write { try $0.fixTypes(user: .text, item: .text) }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["ratings.sqlite"])
    #expect(try fixture.store.settings().userType == .text)
    // They are also removed if the store was created in another way.
    for suffix in ["", "-wal", ".lock"] {
      try fixture.folder.write("half", to: ".ratings.sqlite.latent-draft" + suffix)
    }
    try fixture.store.making { _ in }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["ratings.sqlite"])
    // An existing store remains, whatever fails.
    #expect(throws: Stop.self) { try fixture.store.making { _ in throw Stop() } }
    #expect(try fixture.store.settings().userType == .text)
  }

  /// SQLite would replay another database's log.
  @Test func logsLeftOfARemovedStoreAreNotTheNewOnes() throws {
    _ = try fixture.store.migrate()
    try fixture.write([Rating(1, 1, 1)])
    // A reader that is killed leaves the log.
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let reader = try DatabaseQueue(path: fixture.path, configuration: configuration)
    try reader.inDatabase { try $0.execute(sql: "begin; select count(*) from rating") }
    try fixture.write((2..<2000).map { Rating($0, 1, 1) })
    let log = try #require(FileManager.default.contents(atPath: fixture.path + "-wal"))
    #expect(!log.isEmpty)
    try reader.inDatabase { try $0.execute(sql: "rollback") }
    try reader.close()
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: fixture.path + suffix)
    }
    try log.write(to: URL(fileURLWithPath: fixture.path + "-wal"))
    try fixture.folder.write("x", to: "ratings.sqlite-journal")
    try fixture.store.making { store in
      try store.write { writer in
        try writer.fixTypes(user: .integer, item: .integer)
        _ = try writer.write(RatingBatch([Rating(7, 7, 3)]), .replacing)
      }
    }
    #expect(try fixture.readAll() == [Rating(7, 7, 3)])
    #expect(try fixture.rows("pragma integrity_check") == [["ok"]])
  }

  @Test func pipesAndDevicesAreNoStores() throws {
    #expect(mkfifo(fixture.path, 0o600) == 0)
    #expect(code { _ = try fixture.store.migrate() } == .unreachable)
    #expect(code { _ = try SQLiteStore(path: "/dev/null").migrate() } == .unreachable)
  }

  @Test func aStoreInTheMakingIsToldOf() throws {
    try fixture.store.making { _ in
      let problem = storeError { _ = try fixture.store.summary() }
      #expect(problem?.code == .missing && problem?.problem.contains("is creating it") == true)
    }
  }

  @Test func thoseWhoMakeOneStoreWaitForOneAnother() throws {
    let store = fixture.store
    let results = concurrently(4) { number in
      try store.making { store in
        try store.write { writer in
          try writer.fixTypes(user: .integer, item: .integer)
          _ = try writer.write(RatingBatch([Rating(Int64(number), 1, 1)]), .replacing)
        }
      }
    }
    #expect(results.allSatisfy { $0 == nil }, "\(results)")
    #expect(try fixture.ratingCount() == 4)
  }

  @Test func aStoreThatSomebodyElseMadeMeanwhileIsKept() throws {
    let problem = storeError {
      try fixture.store.making { _ in _ = try fixture.folder.write("theirs", to: "ratings.sqlite") }
    }
    #expect(problem?.code == .busy && problem?.problem.contains("meanwhile") == true)
    #expect(try String(contentsOfFile: fixture.path, encoding: .utf8) == "theirs")
    let files = try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path)
    #expect(files == ["ratings.sqlite"])
  }

  @Test func folderAndMissingFolderAreTold() throws {
    let folder = SQLiteStore(path: fixture.folder.path)
    #expect(code { _ = try folder.migrate() } == .unreachable)
    let nowhere = SQLiteStore(path: fixture.folder.path("none/ratings.sqlite"))
    #expect(code { _ = try nowhere.migrate() } == .unreachable)
  }

  @Test func fileThatIsNoDatabaseIsForeignAndKept() throws {
    let text = String(repeating: "user,item,rating\n", count: 100)
    try fixture.folder.write(text, to: "ratings.sqlite")
    #expect(code { _ = try fixture.store.summary() } == .foreign)
    #expect(code { _ = try fixture.store.migrate() } == .foreign)
    #expect(code { _ = try fixture.store.pendingMigrations() } == .foreign)
    #expect(code { try fixture.store.write { _ in } } == .foreign)
    #expect(try String(contentsOfFile: fixture.path, encoding: .utf8) == text)
  }

  @Test func databaseOfAnotherProgramIsForeignAndKept() throws {
    try fixture.execute("create table note (text)")
    let refusal = storeError { _ = try fixture.store.migrate() }
    #expect(refusal?.code == .foreign && refusal?.remedy.contains("with a query") == true)
    #expect(code { _ = try fixture.store.summary() } == .foreign)
    let tables = try DatabaseQueue(path: fixture.path).read {
      try String.fetchAll($0, sql: "select name from sqlite_schema")
    }
    #expect(tables == ["note"])
  }

  @Test func newerAndAlteredSchemasAreOfAnotherVersion() throws {
    _ = try fixture.store.migrate()
    try fixture.execute("insert into migration values ('9999_future', 'x', 'now')")
    let newer = storeError { _ = try fixture.store.summary() }
    #expect(newer?.code == .otherVersion)
    #expect(newer?.problem.contains("9999_future") == true)
    #expect(code { _ = try fixture.store.migrate() } == .otherVersion)
    try fixture.execute(
      "delete from migration where name = '9999_future'; update migration set script = 'x'")
    #expect(code { _ = try fixture.store.summary() } == .otherVersion)
  }

  @Test func olderSchemaIsToldFromNone() throws {
    _ = try fixture.store.migrate()
    try fixture.write([Rating("a", "x", 1)])
    try fixture.execute(
      """
      drop table forgotten_user; alter table store_settings drop column forgetting_key;
      drop table added_file; alter table store_settings drop column feedback;
      delete from migration where name >= '0002'
      """)
    for call in [
      { _ = try fixture.store.settings() }, { _ = try fixture.store.forget(UserID("a")) },
    ] as [() throws -> Void] {
      #expect(storeError(of: call)?.code == .outdated)
    }
    #expect(try fixture.store.migrate() == ["0002_forgotten", "0003_feedback"])
    #expect(try fixture.store.forget(UserID("a")) == 1)
  }

  @Test func nameOfSQLitesOwnIsAFile() throws {
    let store = SQLiteStore(path: ":memory:")
    #expect(code { _ = try store.summary() } == .missing)
  }

  @Test func writerGivesUpOnALongLock() throws {
    _ = try fixture.store.migrate()
    let impatient = SQLiteStore(path: fixture.path, lockTimeout: 0.02)
    try fixture.store.write { _ throws in
      #expect(code { try impatient.write { _ in } } == .busy)
      #expect(try impatient.summary().userCount == 0)
    }
    try impatient.write { _ in }
  }

  @discardableResult
  private func forgetAndErase(_ user: UserID) throws -> Int {
    let count = try fixture.store.forget(user)
    try fixture.store.erase(user)
    return count
  }

  @Test func forgottenIdsLeaveTheFile() throws {
    _ = try fixture.store.migrate()
    let secret = "somebody-to-be-forgotten"
    try fixture.write([Rating(secret, "a", 1), Rating("other", "a", 1)])
    #expect(try Data(contentsOf: URL(filePath: fixture.path)).contains(secret))
    #expect(try forgetAndErase(UserID(secret)) == 1)
    for file in try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path) {
      let data = try Data(contentsOf: URL(filePath: fixture.folder.path(file)))
      #expect(!data.contains(secret), "\(file)")
    }
  }

  /// Writes ids in random order, so that pages are split and leave copies of rows behind.
  private func writeInNoOrder(_ ids: [String], itemCount: Int = 20) throws {
    var random = SplitMix64(seed: 1)
    var ratings = ids.flatMap { id in (0..<itemCount).map { Rating(id, "item-\($0)", 3) } }
    ratings.shuffle(using: &random)
    var rest = ratings[...]
    while !rest.isEmpty {
      try fixture.write(Array(rest.prefix(5000)))
      rest = rest.dropFirst(5000)
    }
  }

  private func standsInAFile(_ text: String) throws -> Bool {
    try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path).contains { file in
      try Data(contentsOf: URL(filePath: fixture.folder.path(file))).contains(text)
    }
  }

  @Test func idsLeaveTheBytesOfSplitPagesToo() throws {
    _ = try fixture.store.migrate()
    let ids = (0..<3000).map { "person-\($0 &* 2_654_435_761 % 1_000_003)-of-many" }
    try writeInNoOrder(ids)
    // Without a first forgetting, the next one would rebuild the file anyway.
    try forgetAndErase(UserID("nobody"))
    for id in ids.prefix(60) {
      #expect(try forgetAndErase(UserID(id)) == 20)
      #expect(try !standsInAFile(id), "\(id)")
    }
    #expect(try fixture.store.summary().userCount == 2940)
  }

  /// Ids that are too short to search for, or stored in several pieces.
  @Test(arguments: ["q7", String(repeating: "long ", count: 200) + "id", "an id behind a long one"])
  func idsThatCouldBeMissedLeaveTheBytes(_ id: String) throws {
    _ = try fixture.store.migrate()
    let item = String(repeating: "i", count: 990)
    try fixture.write([Rating(id, item, 1), Rating("other", item, 1), Rating("other", "x", 1)])
    try fixture.execute(
      "create table note (text); insert into note values ('\(id)'); drop table note")
    try forgetAndErase(UserID(id))
    #expect(try !standsInAFile(String(id.suffix(20))))
    #expect(try fixture.readAll().count == 2)
  }

  @Test func integersLeaveTheBytes() throws {
    _ = try fixture.store.migrate()
    let id: Int64 = 0x1122_3344_5566_7788
    try fixture.write([Rating(id, 1, 1), Rating(2, 1, 1)])
    let bytes = withUnsafeBytes(of: id.bigEndian) { Data($0) }
    func isThere() throws -> Bool {
      try Data(contentsOf: URL(filePath: fixture.path)).firstRange(of: bytes) != nil
    }
    #expect(try isThere())
    try forgetAndErase(UserID(id))
    #expect(try !isThere())
  }

  @Test func aReaderOfTheLogIsWaitedForAndThenTold() throws {
    _ = try fixture.store.migrate()
    let impatient = SQLiteStore(path: fixture.path, lockTimeout: 0.02)
    let reader = UserID("reader-of-logs")
    try fixture.write([Rating("reader-of-logs", "x", 1), Rating("other", "x", 1)])
    try DatabaseQueue(path: fixture.path).read { database in
      _ = try Int.fetchOne(database, sql: "select count(*) from rating")
      #expect(try impatient.forget(reader) == 1)
      let problem = storeError { try impatient.erase(reader) }
      #expect(problem?.code == .busy && problem?.problem.contains("are removed") == true)
      #expect(try impatient.summary().userCount == 1)
    }
    try impatient.erase(reader)
    #expect(try !standsInAFile("reader-of-logs"))
  }

  /// A user forgotten while ids may have been stored in pieces is also erased that way later.
  @Test func whatMayBeInPiecesIsRememberedUntilItIsErased() throws {
    _ = try fixture.store.migrate()
    try forgetAndErase(UserID("nobody"))
    let id = "behind-a-long-one"
    try fixture.write([Rating(id, String(repeating: "i", count: 990), 1), Rating("other", "x", 1)])
    func form() throws -> Int? {
      try DatabaseQueue(path: fixture.path).read {
        try Int.fetchOne($0, sql: "pragma user_version")
      }
    }
    #expect(try form() == 1)
    _ = try fixture.store.forget(UserID(id))
    #expect(try form() == 0)
    try fixture.store.erase(UserID(id))
    #expect(try form() == 1 && !standsInAFile(id))
  }

  @Test func damagedIdsAreToldNotTrapped() throws {
    _ = try fixture.store.migrate()
    try fixture.write([Rating(1, 1, 1)])
    try fixture.execute("insert into rating values ('text', x'00', 2, null)")
    #expect(code { _ = try fixture.readAll() } == .inputOutput)
    #expect(code { _ = try fixture.store.items(search: nil, limit: 9) } == .inputOutput)
  }

  @Test func rowsOfAQueryMustBeOfOneType() throws {
    try fixture.execute(
      """
      create table mixed (u, i, v, t);
      insert into mixed values (1, 'a', 1, '2026-01-01'), ('2', 'b', 'x', 'soon')
      """)
    for (query, column) in [
      ("select u, i from mixed", "user"), ("select i, u from mixed", "item"),
      ("select i, i, v from mixed", "value"), ("select i, i, 1, t from mixed", "time"),
      ("select i, i, 1, 1e300 from mixed", "time"), ("select x'00', i from mixed", "user"),
      ("select cast(x'ff' as text), i from mixed", "user"),
    ] {
      let problem = storeError { _ = try fixture.readAll(.query(query)) }
      #expect(problem?.code == .badQuery, "\(query)")
      #expect(problem?.problem.contains("\(column) column") == true, "\(query)")
      #expect(problem?.place.contains("row ") == true, "\(query)")
    }
  }
}

extension Data {
  fileprivate func contains(_ text: String) -> Bool { firstRange(of: Data(text.utf8)) != nil }
}
