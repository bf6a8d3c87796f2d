import Dispatch
import Ratings
import Synchronization
import Testing

extension StoreCheck {
  static let concurrency = [
    StoreCheck("writers of one store wait for one another") { fixture throws in
      try fixture.write([Rating(0, 0, 0)])
      let store = fixture.store
      let results = concurrently(4) { writer in
        for round in 0..<5 {
          try store.write { transaction in
            let ratings = (0..<20).map { Rating(Int64($0), Int64(writer), Float(round)) }
            _ = try transaction.upsert(RatingBatch(ratings))
          }
        }
      }
      #expect(results.allSatisfy { $0 == nil }, "\(results)")
      #expect(try fixture.ratingCount() == 80)
      #expect(try fixture.readAll().filter { $0.value == 4 }.count == 80)
    },
    StoreCheck("two migrations at a time wait for each other") { fixture throws in
      let store = fixture.store
      let results = concurrently(4) { _ in _ = try store.migrate() }
      #expect(results.allSatisfy { $0 == nil }, "\(results)")
    },
  ]
}

/// Runs `body` on `count` threads at once and returns the error each threw, if any.
func concurrently(
  _ count: Int, _ body: @escaping @Sendable (Int) throws -> Void
) -> [String?] {
  let results = Mutex([String?](repeating: nil, count: count))
  DispatchQueue.concurrentPerform(iterations: count) { index in
    do {
      try body(index)
    } catch {
      results.withLock { $0[index] = "\(error)" }
    }
  }
  return results.withLock { $0 }
}
