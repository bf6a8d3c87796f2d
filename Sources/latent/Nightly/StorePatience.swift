import Errors
import Foundation
import Ratings

/// How long a run waits for a store that is away, trying again ever more rarely.
struct StorePatience {
  /// The longest pause between two attempts.
  static let longestPause = Duration.seconds(300)

  /// How long it waits in all, from the first failure on; 0 for not at all.
  let limit: Duration
  /// The first pause; each is twice the one before.
  let firstPause: Duration

  /// What `body` returns, which is called again while it throws a ``StoreError`` that may pass. Before each pause `report` is told.
  /// Throws what `body` threw last.
  func run<Result>(
    _ body: () throws -> Result,
    waiting report: (_ error: StoreError, _ pause: Duration) -> Void
  ) throws -> Result {
    var firstFailure: ContinuousClock.Instant?
    var pause = firstPause
    while true {
      do { return try body() } catch let error as StoreError where error.code.isOfTheMoment {
        let now = ContinuousClock.now
        let deadline = (firstFailure ?? now) + limit
        firstFailure = firstFailure ?? now
        // The last attempt is at the very end.
        let next = min(pause, deadline - now)
        guard next > .zero else { throw error }
        report(error, next)
        Thread.sleep(forTimeInterval: next / .seconds(1))
        pause = min(pause * 2, Self.longestPause)
      }
    }
  }
}
