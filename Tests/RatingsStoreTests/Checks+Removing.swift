import Ratings
import Testing

extension StoreCheck {
  static let removing = [
    StoreCheck("forget removes one person's ratings alone") { fixture throws in
      try fixture.write([Rating("a", "x", 1), Rating("a", "y", 1), Rating("A", "x", 1)])
      #expect(try fixture.store.forget(UserID("a")) == 2)
      try fixture.store.erase(UserID("a"))
      #expect(try fixture.store.forget(UserID("a")) == 0)
      try fixture.store.erase(UserID("a"))
      #expect(try fixture.readAll() == [Rating("A", "x", 1)])
      #expect(try fixture.store.ratings(for: ItemID("y"), limit: 9) == [])
    },
    StoreCheck("those who were forgotten are told from others, until they are taken back") {
      fixture throws in
      #expect(try fixture.store.forgottenUsers().isEmpty)
      try fixture.write([Rating("a", "x", 1), Rating("b", "x", 1)])
      _ = try fixture.store.forget(UserID("a"))
      _ = try fixture.store.forget(UserID("c"))
      let forgotten = try fixture.store.forgottenUsers()
      #expect(!forgotten.isEmpty)
      let found = ["a", "b", "c", "A", "a "].filter { forgotten.contains(UserID($0)) }
      #expect(found == ["a", "c"])
      try fixture.write([Rating("a", "x", 1)])
      try fixture.store.write { writer throws in
        #expect(try writer.forgottenUsers().contains(UserID("a")))
        try writer.readmit([UserID("a"), UserID("b")])
        #expect(try !writer.forgottenUsers().contains(UserID("a")))
      }
      #expect(try !fixture.store.forgottenUsers().contains(UserID("a")))
      #expect(try fixture.store.forgottenUsers().contains(UserID("c")))
    },
    StoreCheck("one who was forgotten as an integer is the same as a text") { fixture throws in
      _ = try fixture.store.forget(UserID(42))
      let forgotten = try fixture.store.forgottenUsers()
      #expect(forgotten.contains(UserID(42)) && forgotten.contains(UserID("42")))
      #expect(!forgotten.contains(UserID(43)))
    },
    StoreCheck("a transaction that throws takes nobody back") { fixture throws in
      struct Stop: Error {}
      _ = try fixture.store.forget(UserID(1))
      #expect(throws: Stop.self) {
        try fixture.store.write { writer in
          try writer.readmit([UserID(1)])
          throw Stop()
        }
      }
      #expect(try fixture.store.forgottenUsers().contains(UserID(1)))
    },
    StoreCheck("training runs come back whole, newest first") { fixture throws in
      let first = RunRecord(
        modelName: "recommender", version: 3, outcome: "published",
        startedAt: "2026-01-01T00:00:00Z",
        record: #"{"fingerprint":"ab'c","parameters":{"--wd":"0.1","é":"\"\\"},"rmse":0.87}"#)
      let run = RunRecord(
        modelName: "recommender", version: nil, outcome: "failed",
        startedAt: "2026-01-02T00:00:00Z", record: #"{"note":"NaN at epoch 2\nand more"}"#)
      try fixture.store.record(first)
      try fixture.store.record(run)
      #expect(
        try fixture.runs()
          == [run, first].map {
            [$0.modelName, $0.version.map(String.init), $0.outcome, $0.startedAt, $0.record]
          })
    },
  ]
}
