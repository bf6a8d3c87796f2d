import Errors
import Foundation
import Ratings
import Synchronization
import TestEnvironment
import Testing

extension StoreCheck {
  /// Checks run against an existing store that has not been migrated.
  static let unmigrated = [
    StoreCheck("every call says that a migration is pending") { fixture in
      let store = fixture.store
      let calls: [() throws -> Void] = [
        { _ = try store.summary() }, { _ = try store.settings() }, { try store.write { _ in } },
        { try store.readRatings(from: .table, batchSize: 1) { _ in } },
        { try store.readItems { _ in } }, { _ = try store.ratings(of: UserID(1), limit: 1) },
        { _ = try store.ratings(for: ItemID(1), limit: 1) },
        { _ = try store.users(after: nil, limit: 1) },
        { _ = try store.items(search: nil, limit: 1) }, { _ = try store.item(ItemID(1)) },
        { _ = try store.forget(UserID(1)) },
        { _ = try store.forgottenUsers() },
        {
          try store.record(
            RunRecord(modelName: "a", version: 1, outcome: "b", startedAt: "c", record: "{}"))
        },
      ]
      for call in calls {
        let problem = storeError(of: call)
        #expect(problem?.code == .notMigrated)
      }
    },
    StoreCheck("of many that migrate at once one does each step and the others wait") { fixture in
      let store = fixture.store
      let pending = try store.pendingMigrations()
      let applied = Mutex<[String]>([])
      let results = concurrently(6) { _ in
        let mine = try store.migrate()
        applied.withLock { $0 += mine }
      }
      #expect(results.allSatisfy { $0 == nil }, "\(results)")
      // Which thread applies which step is up to chance.
      #expect(applied.withLock { $0.sorted() } == pending)
      #expect(try store.pendingMigrations() == [])
    },
    StoreCheck("a query over the user's tables needs no migration") { fixture in
      try fixture.execute("create table pair (a bigint, b bigint); insert into pair values (1, 2)")
      #expect(try fixture.readAll(.query("select a, b from pair")) == [Rating(1, 2, 1)])
    },
  ]

  /// Compares a store's migrations with the files in `sql/FOLDER`.
  static func pendingAreAll(_ fixture: any StoreFixture, folder: String) throws {
    let files = try FileManager.default.contentsOfDirectory(
      atPath: ProjectFolder.path + "/sql/" + folder)
    let names = files.filter { $0.hasSuffix(".sql") }.map { String($0.dropLast(4)) }.sorted()
    #expect(try fixture.store.pendingMigrations() == names)
    #expect(try fixture.store.migrate() == names)
  }
}
