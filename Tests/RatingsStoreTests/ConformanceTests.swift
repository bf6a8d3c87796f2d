import Ratings
import TestEnvironment
import Testing

@Suite struct SQLiteConformance {
  @Test(arguments: StoreCheck.all) func conforms(_ check: StoreCheck) throws {
    let fixture = try SQLiteFixture()
    _ = try fixture.store.migrate()
    try check.run(fixture)
  }
}

@Suite(.enabled(if: Requirement.postgres.isMet, "\(Requirement.postgres.howToGet)"))
struct PostgresConformance {
  @Test(arguments: StoreCheck.all) func conforms(_ check: StoreCheck) throws {
    let fixture = try PostgresFixture()
    _ = try fixture.store.migrate()
    try check.run(fixture)
  }
}
