import Errors
import Foundation
import Ratings

/// The policy for retries while a store is unavailable, with exponential backoff.
struct StorePatience {
  /// The longest pause between two attempts.
  static let longestPause = Duration.seconds(300)

  /// The total time from the first failure; 0 for no retries.
  let limit: Duration
  /// The first pause; each is twice the previous one.
  let firstPause: Duration

  /// Returns the result of `body`, which is retried while it throws a temporary ``StoreError``. Calls `report` before
  /// each pause. Throws the last error of `body`.
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
        // The last attempt is at the deadline.
        let next = min(pause, deadline - now)
        guard next > .zero else { throw error }
        report(error, next)
        Thread.sleep(forTimeInterval: next / .seconds(1))
        pause = min(pause * 2, Self.longestPause)
      }
    }
  }
}
