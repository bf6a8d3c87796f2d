import Ratings
import TestEnvironment
import Testing

/// Checks transactions of many batches, as in an import. A store may handle batches that fill it, batches of new pairs
/// and batches of known pairs differently, but the results must be the same.
extension StoreCheck {
  static let batches = [
    StoreCheck("batches of new and known pairs agree with a dictionary, integer ids") {
      try batchesAgainstDictionary($0, seed: 11) { (UserID($0), ItemID($1)) }
    },
    StoreCheck("batches of new and known pairs agree with a dictionary, text ids") {
      try batchesAgainstDictionary($0, seed: 12) { (UserID("ann \($0)"), ItemID("\($1)")) }
    },
    StoreCheck("a filling that ends early leaves an empty table and its index") { fixture throws in
      struct Stop: Error {}
      func indexCount() throws -> String? {
        let catalogue =
          fixture.schema.isEmpty
          ? "sqlite_schema where name" : "pg_indexes where schemaname = 'latent' and indexname"
        return try fixture.rows("select count(*) from \(catalogue) = 'rating_by_item'").first?.first
          ?? nil
      }
      func write(stopping: Bool) throws {
        try fixture.store.write { writer in
          try writer.fixTypes(user: .integer, item: .integer)
          for user in 0..<3 {
            _ = try writer.upsert(RatingBatch((0..<100).map { Rating(Int64(user), $0, 1) }))
          }
          if stopping { throw Stop() }
        }
      }
      #expect(throws: Stop.self) { try write(stopping: true) }
      #expect(try fixture.readAll().isEmpty)
      #expect(try indexCount() == "1")
      try write(stopping: false)
      #expect(try fixture.ratingCount() == 300)
      #expect(try indexCount() == "1")
    },
  ]

  /// The kinds of pairs in a batch.
  private enum Pairs: CaseIterable {
    case new, known, both
  }

  private static func batchesAgainstDictionary(
    _ fixture: any StoreFixture, seed: UInt64, identifiers: (Int64, Int64) -> (UserID, ItemID)
  ) throws {
    var random = SplitMix64(seed: seed)
    // The values by pair number; each user has 50 pairs.
    var expected: [Int64: Float] = [:]
    func rating(_ number: Int64, _ value: Float) -> Rating {
      let (user, item) = identifiers(number / 50, number % 50)
      return Rating(user: user, item: item, value: value, time: nil)
    }
    func sorted(_ ratings: [Rating]) -> [Rating] {
      ratings.sorted { ($0.user, $0.item) < ($1.user, $1.item) }
    }
    for round in 0..<5 {
      let rule: WriteRule = round % 2 == 0 ? .replacing : .adding
      var unknown = (0..<Int64(8000)).filter { expected[$0] == nil }.shuffled(using: &random)
      var known = expected.keys.sorted().shuffled(using: &random)
      var expectedTally = WriteTally()
      var batches: [[Rating]] = []
      for number in 0..<12 {
        // The first round fills the table, mostly in order.
        let pairs = round == 0 ? .new : Pairs.allCases.randomElement(using: &random) ?? .new
        let count = round == 0 ? 250 : 80
        let newCount = pairs == .new ? count : pairs == .known ? 0 : count / 2
        let numbers = unknown.suffix(newCount) + known.suffix(count - newCount)
        unknown.removeLast(newCount)
        known.removeLast(count - newCount)
        let batch = numbers.map { number in
          let value = Float(Int.random(in: 1...3, using: &random))
          if let old = expected[number] {
            let new = rule == .adding ? old + value : value
            expectedTally += new == old ? WriteTally(unchanged: 1) : WriteTally(replaced: 1)
            expected[number] = new
          } else {
            expectedTally += WriteTally(added: 1)
            expected[number] = value
          }
          return rating(number, value)
        }
        let isShuffled = round == 0 ? number == 9 : Int.random(in: 0..<4, using: &random) == 0
        batches.append(isShuffled ? batch : sorted(batch))
      }
      if round == 0 {
        let filling = sorted(batches[..<9].flatMap(\.self))
        for number in 0..<9 { batches[number] = Array(filling[number * 250..<(number + 1) * 250]) }
      }
      let tally = try fixture.store.write { writer in
        try writer.fixTypes(user: rating(0, 1).user.type, item: rating(0, 1).item.type)
        return try batches.reduce(into: WriteTally()) {
          $0 += try writer.write(RatingBatch($1), rule)
        }
      }
      #expect(tally == expectedTally)
      #expect(try fixture.readAll() == sorted(expected.map { rating($0.key, $0.value) }))
    }
  }
}
