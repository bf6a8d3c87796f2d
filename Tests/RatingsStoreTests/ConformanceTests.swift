import Ratings
import TestEnvironment
import Testing

@Suite struct SQLiteConformance {
  @Test(arguments: StoreCheck.all) func conforms(_ check: StoreCheck) throws {
    let fixture = try SQLiteFixture()
    _ = try fixture.store.migrate()
    try check.run(fixture)
  }

  @Test(arguments: StoreCheck.unmigrated + StoreCheck.lookupsWithoutTables)
  func conformsUnmigrated(_ check: StoreCheck) throws {
    let fixture = try SQLiteFixture()
    try fixture.folder.write("", to: "ratings.sqlite")
    try check.run(fixture)
  }

  @Test func everyMigrationIsBuiltIn() throws {
    try StoreCheck.pendingAreAll(SQLiteFixture(), folder: "sqlite")
  }
}

@Suite(.enabled(if: Requirement.postgres.isMet, "\(Requirement.postgres.howToGet)"))
struct PostgresConformance {
  @Test(arguments: StoreCheck.all) func conforms(_ check: StoreCheck) throws {
    let fixture = try PostgresFixture()
    _ = try fixture.store.migrate()
    try check.run(fixture)
  }

  @Test(arguments: StoreCheck.unmigrated + StoreCheck.lookupsWithoutTables)
  func conformsUnmigrated(_ check: StoreCheck) throws {
    try check.run(PostgresFixture())
  }

  @Test func everyMigrationIsBuiltIn() throws {
    try StoreCheck.pendingAreAll(PostgresFixture(), folder: "postgres")
  }
}
