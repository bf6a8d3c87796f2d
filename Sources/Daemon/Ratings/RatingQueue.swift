import DequeModule
import Foundation
import LineProtocol

/// A queue of ratings waiting to be written.
///
/// `@unchecked Sendable`: `condition` guards all mutable state.
final class RatingQueue: @unchecked Sendable {
  private let condition = NSCondition()
  private let rowLimit: Int
  private var waiting = Deque<ReceivedRatings>()
  private var rowCount = 0
  private var isStopped = false
  /// Whether the consumer should look at something else.
  private var isInterrupted = false

  /// The maximum number of rows taken at a time.
  private static let groupLimit = 4096

  /// Creates an empty queue for at most `rowLimit` rows.
  init(rowLimit: Int) { self.rowLimit = rowLimit }

  /// The number of waiting rows.
  var count: Int {
    condition.lock()
    defer { condition.unlock() }
    return rowCount
  }

  /// Enqueues `ratings`. Throws if too many wait, or nothing more is written.
  func add(_ ratings: ReceivedRatings) throws(ErrorReply) {
    condition.lock()
    defer { condition.unlock() }
    guard !isStopped else { throw .stopping }
    guard rowCount + ratings.rows.count <= rowLimit else { throw .tooManyRatings }
    waiting.append(ratings)
    rowCount += ratings.rows.count
    condition.signal()
  }

  /// Waits for ratings and returns them, to be written in one transaction. Returns none if ``interrupt()`` was called
  /// meanwhile, `nil` once there will be no more.
  func next() -> [ReceivedRatings]? {
    condition.lock()
    defer { condition.unlock() }
    while waiting.isEmpty, !isStopped, !isInterrupted { condition.wait() }
    isInterrupted = false
    if waiting.isEmpty { return isStopped ? nil : [] }
    var group: [ReceivedRatings] = []
    var count = 0
    while let first = waiting.first, group.isEmpty || count + first.rows.count <= Self.groupLimit {
      count += first.rows.count
      group.append(waiting.removeFirst())
    }
    rowCount -= count
    return group
  }

  /// Makes ``next()`` return, and removes and returns what is overdue; returns `nil` once no more is added. A timed
  /// wait would follow the time of day, which may be set back.
  func interrupt() -> [ReceivedRatings]? {
    condition.lock()
    defer { condition.unlock() }
    guard !isStopped else { return nil }
    isInterrupted = true
    condition.signal()
    var overdue: [ReceivedRatings] = []
    while let first = waiting.first, first.deadline < .now { overdue.append(waiting.removeFirst()) }
    rowCount -= overdue.reduce(0) { $0 + $1.rows.count }
    return overdue
  }

  /// Accepts no more ratings; those that wait can still be taken.
  func stop() {
    condition.lock()
    defer { condition.unlock() }
    isStopped = true
    condition.broadcast()
  }
}

extension ErrorReply {
  fileprivate static let tooManyRatings = ErrorReply(
    .busy, "too many ratings are waiting to be written",
    remedy: "Send fewer at a time, and the next when these are answered.")
}
