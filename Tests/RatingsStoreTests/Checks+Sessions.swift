import Errors
import Ratings
import TestEnvironment
import Testing

extension StoreCheck {
  static let sessions = [
    StoreCheck("a session carries out changes in their order, and tells what became of each") {
      fixture throws in
      try fixture.write([Rating(1, 10, 3, at: 100), Rating(1, 20, 4), Rating(2, 10, 5, at: 100)])
      let session = fixture.store.session()
      let outcomes = try session.carryOut([
        .rate(Rating(1, 10, 5, at: 99)), .rate(Rating(1, 10, 3, at: 100)),
        .rate(Rating(1, 10, 2, at: 101)), .rate(Rating(1, 20, 1, at: 5)),
        .rate(Rating(3, 30, 4, at: 7)), .remove(UserID(3), ItemID(30)),
        .remove(UserID(3), ItemID(30)), .rate(Rating(3, 30, 2, at: 6)),
        .remove(UserID(2), ItemID(10)), .rate(Rating(2, 10, 1, at: 1)),
      ])
      #expect(
        outcomes.map(\.word) == [
          "older", "unchanged", "replaced", "replaced", "added", "removed", "absent", "added",
          "removed", "added",
        ])
      #expect(
        try fixture.readAll() == [
          Rating(1, 10, 2, at: 101), Rating(1, 20, 1, at: 5), Rating(2, 10, 1, at: 1),
          Rating(3, 30, 2, at: 6),
        ])
      #expect(try session.ratings(of: UserID(1), limit: 1) == [Rating(1, 10, 2, at: 101)])
    },
    StoreCheck("what a session does not take keeps nothing else from it") { fixture throws in
      try fixture.store.write { writer in
        try writer.fixTypes(user: .text, item: .integer)
        try writer.fixScale(#require(RatingScale(minimum: 1, maximum: 5)))
      }
      func rating(_ user: String, _ value: Float) -> RatingChange {
        .rate(Rating(user: UserID(user), item: ItemID(1), value: value))
      }
      _ = try fixture.store.forget(UserID("gone"))
      let outcomes = try fixture.store.session().carryOut([
        rating("a", 6), rating("b", 5), rating("", 4), rating("c\0", 4), rating("gone", 4),
        .rate(Rating(1, 1, 4)), rating("d", .nan), rating("e \"\\{}, ü", 1),
        .remove(UserID("gone"), ItemID(1)),
      ])
      #expect(
        outcomes.map(\.word) == [
          "badValue", "added", "badValue", "badValue", "forgottenUser", "settingsConflict",
          "badValue", "added", "absent",
        ])
      #expect(try fixture.readAll().map(\.user) == [UserID("b"), UserID("e \"\\{}, ü")])
    },
    StoreCheck("any changes come to what they come to one by one") { fixture throws in
      var random = SplitMix64(seed: 20)
      var expected: [[Int64]: RatingState] = [:]
      try fixture.write([Rating(0, 0, 1, at: 50)])
      expected[[0, 0]] = RatingState(value: 1, time: 50)
      let session = fixture.store.session()
      for _ in 0..<12 {
        let changes = (0..<Int.random(in: 0...60, using: &random)).map { _ -> RatingChange in
          let (user, item) = (
            Int64.random(in: -3...3, using: &random), Int64.random(in: 0...3, using: &random)
          )
          guard Int.random(in: 0...3, using: &random) > 0 else {
            return .remove(UserID(user), ItemID(item))
          }
          let time = Bool.random(using: &random) ? Int64.random(in: 0...100, using: &random) : nil
          return .rate(Rating(user, item, Float(Int.random(in: 1...5, using: &random)), at: time))
        }
        for change in changes {
          guard case .integer(let user) = change.user.value,
            case .integer(let item) = change.item.value
          else { continue }
          switch change {
          case .remove: expected[[user, item]] = nil
          case .rate(let rating):
            let new = RatingState(
              value: rating.value, time: rating.time?.microseconds ?? Timestamp.missing)
            if let old = expected[[user, item]], Timestamp.isNewer(old.time, than: new.time) {
              continue
            }
            expected[[user, item]] = new
          }
        }
        _ = try session.carryOut(changes)
        let found = try fixture.readAll().map {
          ($0.user, $0.item, $0.value, $0.time?.microseconds ?? Timestamp.missing)
        }
        let wanted = expected.sorted { ($0.key[0], $0.key[1]) < ($1.key[0], $1.key[1]) }.map {
          (UserID($0.key[0]), ItemID($0.key[1]), $0.value.value, $0.value.time)
        }
        #expect(found.elementsEqual(wanted, by: ==))
      }
    },
    StoreCheck("a session tells of what others have written, and not of its own") {
      fixture throws in
      try fixture.write([Rating(1, 10, 3)])
      let session = fixture.store.session()
      #expect(try session.hasForeignChanges())
      #expect(try !session.hasForeignChanges())
      _ = try session.carryOut([.rate(Rating(1, 11, 4))])
      #expect(try !session.hasForeignChanges())
      try fixture.write([Rating(2, 10, 3)])
      #expect(try waitFor { try session.hasForeignChanges() })
      #expect(try !session.hasForeignChanges())
      try fixture.execute("delete from \(fixture.schema)rating where user_id = 2")
      #expect(try waitFor { try session.hasForeignChanges() })
    },
    StoreCheck("a session of a store without types takes nothing, and goes on when there are some")
    {
      fixture throws in
      let session = fixture.store.session()
      #expect(try session.carryOut([.rate(Rating(1, 1, 1))]).map(\.word) == ["settingsConflict"])
      try fixture.write([Rating(1, 10, 3)])
      #expect(try session.carryOut([.rate(Rating(1, 1, 1))]).map(\.word) == ["added"])
      #expect(try session.carryOut([]).isEmpty)
    },
    StoreCheck("a session of a store that is not migrated says so") { fixture throws in
      let table = "\(fixture.schema)migration"
      try fixture.execute("delete from \(table)")
      let session = fixture.store.session()
      #expect(code { _ = try session.hasForeignChanges() } == .notMigrated)
    },
  ]
}

extension RatingOutcome {
  /// The outcome as a word; for a refusal, the error's code.
  var word: String {
    switch self {
    case .added: "added"
    case .replaced: "replaced"
    case .unchanged: "unchanged"
    case .older: "older"
    case .removed: "removed"
    case .absent: "absent"
    case .refused(let error): error.code.rawValue
    }
  }
}
