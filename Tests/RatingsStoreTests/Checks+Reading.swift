import Ratings
import TestEnvironment
import Testing

extension StoreCheck {
  static let reading = [
    StoreCheck("the newest ratings of all users") { fixture in
      _ = try fixture.store.migrate()
      #expect(try fixture.store.newestRatings(limit: 9).isEmpty)
      let ratings = [
        Rating(2, 1, 1, at: 30), Rating(1, 1, 1, at: 20), Rating(1, 2, 1, at: 20), Rating(1, 3, 1),
      ]
      try fixture.write(ratings.reversed())
      #expect(try fixture.store.newestRatings(limit: 9) == ratings)
      #expect(try fixture.store.newestRatings(limit: 2) == Array(ratings.prefix(2)))
    },
    StoreCheck("batches are full but the last") { fixture throws in
      let ratings = (0..<100).map { Rating(Int64($0), 1, 1) }
      try fixture.write(ratings)
      for batchSize in [1, 7, 50, 99, 100, 101, 100_000] {
        var sizes: [Int] = []
        try fixture.store.readRatings(from: .table, batchSize: batchSize) { sizes.append($0.count) }
        #expect(sizes.dropLast().allSatisfy { $0 == batchSize })
        #expect(sizes.reduce(0, +) == 100)
        #expect((sizes.last ?? 0) <= batchSize)
      }
    },
    StoreCheck("a reader sees one moment, whatever is written meanwhile") { fixture throws in
      let before = (0..<50).map { Rating(Int64($0), 1, 1) }
      try fixture.write(before)
      var seen: [Rating] = []
      try fixture.store.readRatings(from: .table, batchSize: 10) { batch in
        if seen.isEmpty {
          try fixture.write((0..<80).map { Rating(Int64($0), 1, 2) })
        }
        for position in 0..<batch.count { seen.append(batch[position]) }
      }
      #expect(seen.sorted { $0.user < $1.user } == before)
      #expect(try fixture.ratingCount() == 80)
    },
    StoreCheck("a reader that throws leaves the store usable") { fixture throws in
      struct Stop: Error {}
      try fixture.write((0..<5000).map { Rating(Int64($0), 1, 1) })
      #expect(throws: Stop.self) {
        try fixture.store.readRatings(from: .table, batchSize: 10) { _ in throw Stop() }
      }
      #expect(try fixture.readAll().count == 5000)
    },
    StoreCheck("a store may be asked while it is read and written") { fixture throws in
      try fixture.write([Rating(1, 1, 1)])
      try fixture.store.readRatings(from: .table, batchSize: 10) { _ throws in
        #expect(try fixture.ratingCount() == 1)
        #expect(try fixture.readAll().count == 1)
      }
      try fixture.store.write { writer in
        _ = try writer.upsert(RatingBatch([Rating(2, 2, 2)]))
        #expect(try fixture.ratingCount() == 1)
      }
      #expect(try fixture.ratingCount() == 2)
    },
  ]

  static let listing = [
    StoreCheck("ratings of one user or item: newest first, timeless last") { fixture throws in
      try fixture.write([
        Rating(1, 5, 1), Rating(1, 4, 2), Rating(1, 3, 3, at: 10), Rating(1, 2, 4, at: 20),
        Rating(1, 1, 5, at: 10), Rating(2, 3, 1, at: 30), Rating(0, 3, 1),
      ])
      let ofUser = try fixture.store.ratings(of: UserID(1), limit: 10)
      #expect(ofUser.map(\.item) == [2, 1, 3, 4, 5].map { ItemID($0) })
      #expect(ofUser[0] == Rating(1, 2, 4, at: 20))
      #expect(try fixture.store.ratings(of: UserID(1), limit: 2) == Array(ofUser.prefix(2)))
      #expect(try fixture.store.ratings(of: UserID(1), limit: 0) == [])
      #expect(try fixture.store.ratings(of: UserID(9), limit: 10) == [])
      let ofItem = try fixture.store.ratings(for: ItemID(3), limit: .max)
      #expect(ofItem.map(\.user) == [2, 1, 0].map { UserID($0) })
    },
    StoreCheck("users are listed page by page in the order of their ids") { fixture throws in
      let texts = ["b", "a", "Z", "é", "e\u{301}", "日", "10", "9", "a b", "a-b", "B"]
      try fixture.write(
        texts.enumerated().flatMap { index, text in
          (0...index).map { Rating(text, "\($0)", 1) }
        })
      let expected = texts.enumerated().map { Counted(UserID($1), ratingCount: $0 + 1) }
        .sorted { $0.subject < $1.subject }
      #expect(try fixture.store.users(after: nil, limit: 100) == expected)
      var paged: [Counted<UserID>] = []
      while true {
        let page = try fixture.store.users(after: paged.last?.subject, limit: 3)
        guard !page.isEmpty else { break }
        paged += page
      }
      #expect(paged == expected)
    },
    StoreCheck("integer users are in the order of numbers") { fixture throws in
      try fixture.write([-5, 10, 9, 0, .min, .max].map { Rating($0, 1, 1) })
      let users = try fixture.store.users(after: UserID(-5), limit: 10).map(\.subject)
      #expect(users == [0, 9, 10, .max].map { UserID($0) })
    },
    StoreCheck("the summary counts") { fixture throws in
      try fixture.write([Rating(1, 1, 1), Rating(1, 2, 1), Rating(2, 2, 1)])
      _ = try fixture.store.write {
        try $0.upsert([Item(id: ItemID(2), title: "Two"), Item(id: ItemID(3), title: "Three")])
      }
      #expect(
        try fixture.store.summary() == StoreSummary(ratingCount: 3, userCount: 2, itemCount: 3))
    },
  ]
}
