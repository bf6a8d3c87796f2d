import Ratings
import Testing

extension StoreCheck {
  static let migrating = [
    StoreCheck("migrating a store that is up to date does nothing") { fixture throws in
      #expect(try fixture.store.pendingMigrations() == [])
      #expect(try fixture.store.migrate() == [])
    },
    StoreCheck("a new store is empty") { fixture throws in
      #expect(try fixture.store.summary() == StoreSummary(userCount: 0, itemCount: 0))
      #expect(try fixture.store.settings() == StoreSettings())
      #expect(try fixture.readAll() == [])
      #expect(try fixture.store.users(after: nil, limit: 10) == [])
      #expect(try fixture.store.items(search: nil, limit: 10) == [])
      #expect(try fixture.runs() == [])
      #expect(try fixture.store.ratings(of: UserID(1), limit: 10) == [])
      #expect(try fixture.store.ratings(for: ItemID("a"), limit: 10) == [])
      #expect(try fixture.store.item(ItemID(1)) == nil)
      #expect(try fixture.store.forget(UserID("nobody")) == 0)
      try fixture.store.readItems { Issue.record("an item: \($0)") }
    },
  ]
}
