import ExplainedErrors
import Foundation
import GRDB
import Ratings
import RatingsSQLite
import TestEnvironment
import Testing

/// What is told of files that are not a store.
@Suite struct SQLiteFileTests {
  private let fixture: SQLiteFixture

  init() throws { fixture = try SQLiteFixture() }

  @Test func missingFileIsToldAndNotMade() throws {
    let problem = storeError { _ = try fixture.store.summary() }
    #expect(problem?.code == .unreachable)
    #expect(problem?.remedy.contains("latent migrate") == true)
    #expect(code { try fixture.store.write { _ in } } == .unreachable)
    #expect(!FileManager.default.fileExists(atPath: fixture.path))
    #expect(try !fixture.store.pendingMigrations().isEmpty)
    #expect(!FileManager.default.fileExists(atPath: fixture.path))
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
    #expect(refusal?.code == .foreign && refusal?.remedy.contains("--ratings-query") == true)
    #expect(code { _ = try fixture.store.summary() } == .foreign)
    let tables = try DatabaseQueue(path: fixture.path).read {
      try String.fetchAll($0, sql: "select name from sqlite_schema")
    }
    #expect(tables == ["note"])
  }

  @Test func newerAndAlteredSchemasAreForeign() throws {
    _ = try fixture.store.migrate()
    try fixture.execute("insert into migration values ('9999_future', 'x', 'now')")
    let newer = storeError { _ = try fixture.store.summary() }
    #expect(newer?.code == .foreign)
    #expect(newer?.problem.contains("9999_future") == true)
    #expect(code { _ = try fixture.store.migrate() } == .foreign)
    try fixture.execute(
      "delete from migration where name = '9999_future'; update migration set script = 'x'")
    #expect(code { _ = try fixture.store.summary() } == .foreign)
  }

  @Test func nameOfSQLitesOwnIsAFile() throws {
    let store = SQLiteStore(path: ":memory:")
    #expect(code { _ = try store.summary() } == .unreachable)
  }

  @Test func writerGivesUpOnALongLock() throws {
    _ = try fixture.store.migrate()
    let impatient = SQLiteStore(path: fixture.path, lockTimeout: 0.02)
    try fixture.store.write { _ throws in
      #expect(code { try impatient.write { _ in } } == .busy)
      #expect(try impatient.summary().ratingCount == 0)
    }
    try impatient.write { _ in }
  }

  @Test func forgottenIdsLeaveTheFile() throws {
    _ = try fixture.store.migrate()
    let secret = "somebody-to-be-forgotten"
    try fixture.write([Rating(secret, "a", 1), Rating("other", "a", 1)])
    #expect(try Data(contentsOf: URL(filePath: fixture.path)).contains(secret))
    _ = try fixture.store.forget(UserID(secret))
    for file in try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path) {
      let data = try Data(contentsOf: URL(filePath: fixture.folder.path(file)))
      #expect(!data.contains(secret), "\(file)")
    }
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
      ("select i, i, 1, 1.5 from mixed", "time"), ("select x'00', i from mixed", "user"),
      ("select cast(x'ff' as text), i from mixed", "user"),
    ] {
      let problem = storeError { _ = try fixture.readAll(.query(query)) }
      #expect(problem?.code == .badQuery, "\(query)")
      #expect(problem?.problem.contains("column \(column)") == true, "\(query)")
      #expect(problem?.place.contains("row ") == true, "\(query)")
    }
  }
}

extension Data {
  fileprivate func contains(_ text: String) -> Bool { firstRange(of: Data(text.utf8)) != nil }
}
