import Errors
import Ratings
import TestEnvironment
import Testing

extension StoreCheck {
  static let writing = [
    StoreCheck("values are added to those that are there") { fixture in
      _ = try fixture.store.migrate()
      try fixture.write([Rating(1, 1, 3, at: 20), Rating(2, 1, 1)])
      let tally = try fixture.store.write { writer in
        try writer.write(
          RatingBatch([
            Rating(1, 1, 2, at: 10), Rating(1, 1, 0.5), Rating(2, 1, 0), Rating(3, 1, 4),
          ]), .adding)
      }
      #expect(tally == WriteTally(added: 1, replaced: 2, unchanged: 1))
      #expect(
        try fixture.readAll() == [Rating(1, 1, 5.5, at: 20), Rating(2, 1, 1), Rating(3, 1, 4)])
    },
    StoreCheck("sums that no number holds and those beyond a scale are refused") { fixture in
      _ = try fixture.store.migrate()
      try fixture.write([Rating(1, 1, 3e38)])
      func add(_ value: Float) throws {
        try fixture.store.write { _ = try $0.write(RatingBatch([Rating(1, 1, value)]), .adding) }
      }
      #expect(code { try add(3e38) } == .badValue)
      #expect(try fixture.readAll().map(\.value) == [3e38])
      try fixture.write([Rating(1, 1, 4)])
      let scale = try #require(RatingScale(minimum: 1, maximum: 5))
      try fixture.store.write { try $0.fixScale(scale) }
      #expect(code { try add(1) } == .settingsConflict)
    },
    StoreCheck("files that were added are kept, with the ratings or not at all") { fixture in
      struct Stop: Error {}
      _ = try fixture.store.migrate()
      #expect(throws: Stop.self) {
        try fixture.store.write { writer in
          try writer.noteAddition(ofFile: "ab12")
          throw Stop()
        }
      }
      let dates = try fixture.store.write { writer in
        let before = try writer.dateOfAddition(ofFile: "ab12")
        try writer.noteAddition(ofFile: "ab12")
        return (before, try writer.dateOfAddition(ofFile: "ab12"))
      }
      #expect(dates.0 == nil && dates.1?.hasPrefix("20") == true)
    },
    StoreCheck("the kind of feedback is fixed once") { fixture in
      _ = try fixture.store.migrate()
      #expect(try fixture.store.settings().feedback == nil)
      try fixture.store.write { try $0.fixFeedback(.implicit) }
      try fixture.store.write { try $0.fixFeedback(.implicit) }
      #expect(try fixture.store.settings().feedback == .implicit)
      #expect(
        code { try fixture.store.write { try $0.fixFeedback(.explicit) } } == .settingsConflict)
    },
    StoreCheck("the type of items can be fixed before that of users") { fixture in
      _ = try fixture.store.migrate()
      try fixture.store.write { writer in
        try writer.fixTypes(user: nil, item: .text)
        _ = try writer.upsert([Item(id: ItemID("x"), title: "X")])
      }
      #expect(try fixture.store.settings() == StoreSettings(itemType: .text))
      #expect(try fixture.store.items(search: nil, limit: 9).count == 1)
      #expect(try fixture.readAll().isEmpty && fixture.store.users(after: nil, limit: 9).isEmpty)
      try fixture.write([Rating(user: UserID("u"), item: ItemID("x"), value: 1)])
      #expect(try fixture.readAll().count == 1)
    },
    StoreCheck("integer ids come back as they came, extremes too") { fixture throws in
      let ratings = [
        Rating(.min, .max, 1, at: -1), Rating(-1, 0, 2.5, at: 0), Rating(0, -7, 3, at: .max),
        Rating(.max, .min, -4, at: .min + 1), Rating(7, 7, 0.1),
      ]
      #expect(try fixture.write(ratings) == WriteTally(added: 5))
      #expect(try fixture.readAll() == ratings.sorted { $0.user < $1.user })
    },
    StoreCheck("text ids come back byte for byte") { fixture throws in
      let texts = [
        "plain", "with space", " ", "'quoted'", "\"double\"", "back\\slash", "tab\tnew\nline\r",
        "é", "e\u{301}", "日本語", "👩‍👩‍👧‍👦", "\u{FEFF}bom", "\u{10FFFF}", "42", "007", "null", "\\N", "%",
        "_",
        "Straße", String(repeating: "x", count: identifierByteLimit), "\u{1}", "\u{7F}", "a,b;c",
      ]
      let ratings = texts.enumerated().map { Rating($1, texts[texts.count - 1 - $0], Float($0)) }
      #expect(try fixture.write(ratings) == WriteTally(added: texts.count))
      #expect(try fixture.readAll() == ratings.sorted { $0.user < $1.user })
      for rating in ratings {
        #expect(try fixture.store.ratings(of: rating.user, limit: 9) == [rating])
        #expect(try fixture.store.ratings(for: rating.item, limit: 9) == [rating])
      }
    },
    StoreCheck("a writer tells whether there are other values") { fixture throws in
      let hasOther: (Float) throws -> Bool = { value in
        try fixture.store.write { try $0.hasValue(otherThan: value) }
      }
      #expect(try !hasOther(1))
      try fixture.write([Rating(1, 1, 1), Rating(1, 2, 1)])
      #expect(try !hasOther(1))
      #expect(try hasOther(0.1))
      try fixture.store.write { writer in
        _ = try writer.upsert(RatingBatch([Rating(2, 2, 0.1)]))
        #expect(try writer.hasValue(otherThan: 1))
      }
      _ = try fixture.store.forget(UserID(1))
      #expect(try hasOther(1))
      #expect(try !hasOther(0.1))
    },
    StoreCheck("values keep their bits") { fixture throws in
      let values: [Float] = [
        0.1, .pi, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNormalMagnitude,
        .leastNonzeroMagnitude, 1 / 3, 16_777_216, -0.0,
      ]
      try fixture.write(values.enumerated().map { Rating(Int64($0), 0, $1) })
      let read = try fixture.readAll().map(\.value.bitPattern)
      // Negative zero becomes zero.
      #expect(read == values.map { ($0 + 0).bitPattern })
    },
    StoreCheck("a newer time replaces, an older does not, a missing one does") { fixture throws in
      func upsert(_ value: Float, at time: Int64?) throws -> WriteTally {
        try fixture.write([Rating(1, 1, value, at: time)])
      }
      let added = WriteTally(added: 1)
      let replaced = WriteTally(replaced: 1)
      let unchanged = WriteTally(unchanged: 1)
      #expect(try upsert(1, at: 10) == added)
      #expect(try upsert(1, at: 10) == unchanged)
      #expect(try upsert(2, at: 10) == replaced)
      #expect(try upsert(3, at: 9) == unchanged)
      #expect(try fixture.readAll() == [Rating(1, 1, 2, at: 10)])
      #expect(try upsert(3, at: 11) == replaced)
      #expect(try upsert(4, at: nil) == replaced)
      #expect(try upsert(4, at: nil) == unchanged)
      #expect(try fixture.readAll() == [Rating(1, 1, 4)])
      #expect(try upsert(4, at: 5) == replaced)
      #expect(try fixture.readAll() == [Rating(1, 1, 4, at: 5)])
    },
    StoreCheck("rows of one pair within a batch count one after the other") { fixture throws in
      let batch = [
        Rating(1, 1, 1, at: 10), Rating(1, 1, 2, at: 5), Rating(2, 1, 5), Rating(1, 1, 3, at: 12),
        Rating(1, 1, 4), Rating(1, 1, 5, at: 1), Rating(1, 1, 5, at: 1), Rating(2, 1, 6),
      ]
      #expect(try fixture.write(batch) == WriteTally(added: 2, replaced: 4, unchanged: 2))
      #expect(try fixture.readAll() == [Rating(1, 1, 5, at: 1), Rating(2, 1, 6)])
    },
    StoreCheck("the same rows again change nothing") { fixture throws in
      var random = SplitMix64(seed: 5)
      let ratings = (0..<500).map { (number: Int64) -> Rating in
        let value = Float(Int.random(in: 1...10, using: &random)) / 2
        return Rating(number % 40, number, value, at: number % 3 == 0 ? nil : number)
      }
      #expect(try fixture.write(ratings) == WriteTally(added: 500))
      let before = try fixture.readAll()
      #expect(try fixture.write(ratings.shuffled(using: &random)) == WriteTally(unchanged: 500))
      #expect(try fixture.readAll() == before)
    },
    StoreCheck("pairs that come several times change nothing when all come again") { fixture in
      let batches = [
        [Rating(1, 1, 3), Rating(1, 1, 4), Rating(2, 1, 5, at: 7), Rating(2, 1, 4, at: 7)],
        [Rating(1, 1, 2), Rating(3, 1, 1, at: 5), Rating(3, 1, 1), Rating(3, 1, 2, at: 1)],
      ]
      func write() throws -> WriteTally {
        try fixture.store.write { writer in
          try writer.fixTypes(user: .integer, item: .integer)
          return try batches.reduce(into: WriteTally()) {
            $0 += try writer.upsert(RatingBatch($1))
          }
        }
      }
      #expect(try write() == WriteTally(added: 3, replaced: 5))
      let before = try fixture.readAll()
      #expect(try write() == WriteTally(unchanged: 8))
      #expect(try fixture.readAll() == before)
      // A pair that ends with another value is replaced as often as before.
      try fixture.write([Rating(1, 1, 9)])
      #expect(try write() == WriteTally(replaced: 3, unchanged: 5))
      #expect(try fixture.readAll() == before)
    },
    StoreCheck("random upserts agree with a dictionary, integer ids") {
      try againstDictionary($0, seed: 1) { (UserID($0), ItemID($1)) }
    },
    StoreCheck("random upserts agree with a dictionary, text ids") {
      try againstDictionary($0, seed: 2) { (UserID("u'\($0)ü"), ItemID("\($1)\"")) }
    },
    StoreCheck("random upserts agree with a dictionary, mixed ids") {
      try againstDictionary($0, seed: 3) { (UserID($0), ItemID("film \($1)")) }
    },
    StoreCheck("an empty batch writes nothing") { fixture throws in
      let tally = try fixture.store.write { writer in
        try writer.fixTypes(user: .integer, item: .text)
        return try writer.upsert(RatingBatch(userType: .integer, itemType: .text))
      }
      #expect(tally == WriteTally())
    },
    StoreCheck("a writer that throws leaves nothing") { fixture throws in
      struct Stop: Error {}
      try fixture.write([Rating(1, 1, 1)])
      #expect(throws: Stop.self) {
        try fixture.store.write { writer in
          _ = try writer.upsert(RatingBatch([Rating(1, 1, 2), Rating(2, 2, 2)]))
          _ = try writer.upsert([Item(id: ItemID(1), title: "One")])
          try writer.fixScale(RatingScale(minimum: 0, maximum: 5)!)
          throw Stop()
        }
      }
      #expect(try fixture.readAll() == [Rating(1, 1, 1)])
      #expect(try fixture.describedItemCount() == 0)
      #expect(try fixture.store.settings().scale == nil)
    },
    StoreCheck("a batch with one bad value writes nothing of it") { fixture throws in
      let problem = try fixture.store.write { writer in
        try writer.fixTypes(user: .integer, item: .integer)
        return storeError {
          _ = try writer.upsert(RatingBatch([Rating(1, 1, 1), Rating(2, 3, .nan)]))
        }
      }
      #expect(problem?.code == .badValue)
      #expect(problem?.place.contains("user 2, item 3") == true)
      #expect(try fixture.readAll() == [])
    },
    StoreCheck("a hundred thousand ratings in one batch") { fixture throws in
      let ratings = (0..<100_000).map { Rating(Int64($0 % 1000), Int64($0 / 7), 3, at: Int64($0)) }
      #expect(try fixture.write(ratings).added == 100_000)
      #expect(try fixture.ratingCount() == 100_000)
      #expect(try fixture.write(ratings) == WriteTally(unchanged: 100_000))
    },
  ]

  private static func againstDictionary(
    _ fixture: any StoreFixture, seed: UInt64, identifiers: (Int64, Int64) -> (UserID, ItemID)
  ) throws {
    struct Pair: Hashable {
      let user: UserID
      let item: ItemID
    }
    var random = SplitMix64(seed: seed)
    var expected: [Pair: Rating] = [:]
    for _ in 0..<12 {
      var tally = WriteTally()
      var replaced: [Pair: (original: Rating, count: Int)] = [:]
      let ratings = (0..<Int.random(in: 1...400, using: &random)).map { _ in
        let (user, item) = identifiers(
          .random(in: -4...4, using: &random), .random(in: 0...12, using: &random))
        let time: Int64? = Bool.random(using: &random) ? nil : .random(in: 0...6, using: &random)
        let rating = Rating(
          user: user, item: item, value: Float(Int.random(in: 1...3, using: &random)),
          time: time.map(Timestamp.init(microseconds:)))
        let pair = Pair(user: user, item: item)
        if let old = expected[pair] {
          let isOlder = old.time.map { old in rating.time.map { $0 < old } ?? false } ?? false
          if isOlder || old == rating {
            tally.unchanged += 1
          } else {
            tally.replaced += 1
            expected[pair] = rating
            replaced[pair, default: (old, 0)].count += 1
            if let (original, count) = replaced[pair], original == rating {
              tally.replaced -= count
              tally.unchanged += count
              replaced[pair] = nil
            }
          }
        } else {
          tally.added += 1
          expected[pair] = rating
        }
        return rating
      }
      #expect(try fixture.write(ratings) == tally)
      let sorted = expected.values.sorted { ($0.user, $0.item) < ($1.user, $1.item) }
      #expect(try fixture.readAll(batchSize: 7) == sorted)
    }
  }
}
