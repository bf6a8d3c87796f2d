import Errors
import Ratings
import Testing

extension StoreCheck {
  static let settings = [
    StoreCheck("the first import fixes the types for good") { fixture throws in
      try fixture.write([Rating("a", "b", 1)])
      #expect(try fixture.store.settings() == StoreSettings(userType: .text, itemType: .text))
      #expect(code { try fixture.write([Rating(1, 1, 1)]) } == .settingsConflict)
      let mixed = Rating(user: UserID("a"), item: ItemID(1))
      #expect(code { try fixture.write([mixed]) } == .settingsConflict)
      #expect(try fixture.readAll() == [Rating("a", "b", 1)])
    },
    StoreCheck("ratings need the types fixed") { fixture throws in
      let write = {
        try fixture.store.write { _ = try $0.upsert(RatingBatch([Rating(1, 1, 1)])) }
      }
      #expect(code(of: write) == .settingsConflict)
    },
    StoreCheck("a batch must be of the fixed types") { fixture throws in
      try fixture.write([Rating(1, 1, 1)])
      let write = {
        try fixture.store.write { _ = try $0.upsert(RatingBatch([Rating("1", "1", 1)])) }
      }
      #expect(code(of: write) == .settingsConflict)
    },
    StoreCheck("types fixed in a transaction that throws are not fixed") { fixture throws in
      struct Stop: Error {}
      #expect(throws: Stop.self) {
        try fixture.store.write { writer in
          try writer.fixTypes(user: .text, item: .text)
          throw Stop()
        }
      }
      try fixture.write([Rating(1, 1, 1)])
      #expect(try fixture.readAll() == [Rating(1, 1, 1)])
    },
    StoreCheck("the scale is kept and enforced") { fixture throws in
      let scale = try #require(RatingScale(minimum: 0.5, maximum: 5))
      try fixture.store.write { writer in
        try writer.fixScale(scale)
        #expect(writer.settings.scale == scale)
      }
      #expect(try fixture.store.settings().scale == scale)
      try fixture.write([Rating(1, 1, 0.5), Rating(1, 2, 5)])
      for value in [0.49, 5.01, -1, .nan, .infinity, -.infinity] as [Float] {
        #expect(code { try fixture.write([Rating(1, 3, value)]) } == .badValue)
      }
      try fixture.store.write { try $0.fixScale(scale) }
      let other = try #require(RatingScale(minimum: 0, maximum: 10))
      #expect(code { try fixture.store.write { try $0.fixScale(other) } } == .settingsConflict)
    },
    StoreCheck("a scale that the ratings exceed is refused") { fixture throws in
      try fixture.write([Rating(1, 1, 1), Rating(1, 2, 7)])
      let small = try #require(RatingScale(minimum: 1, maximum: 5))
      let problem = storeError { try fixture.store.write { try $0.fixScale(small) } }
      #expect(problem?.code == .settingsConflict)
      #expect(problem?.problem.contains("1.0 to 7.0") == true)
      #expect(try fixture.store.settings().scale == nil)
      let large = try #require(RatingScale(minimum: 1, maximum: 7))
      try fixture.store.write { try $0.fixScale(large) }
    },
    StoreCheck("values that are not finite and impossible ids are refused") { fixture throws in
      try fixture.write([Rating("a", "b", 1)])
      let bad = [
        Rating("a", "c", .nan), Rating("a", "c", .infinity), Rating("", "c", 1),
        Rating("a", "", 1), Rating("a\0b", "c", 1), Rating("a", "\0", 1),
        Rating(String(repeating: "é", count: identifierByteLimit / 2 + 1), "c", 1),
      ]
      for rating in bad {
        #expect(code { try fixture.write([rating]) } == .badValue, "\(rating)")
      }
      #expect(try fixture.readAll().count == 1)
    },
    StoreCheck("ids of the other type find nothing") { fixture throws in
      try fixture.write([Rating(1, 2, 3)])
      #expect(try fixture.store.ratings(of: UserID("1"), limit: 5) == [])
      #expect(try fixture.store.ratings(for: ItemID("2"), limit: 5) == [])
      #expect(try fixture.store.item(ItemID("2")) == nil)
      #expect(try fixture.store.forget(UserID("1")) == 0)
      #expect(try fixture.readAll().count == 1)
    },
  ]
}
