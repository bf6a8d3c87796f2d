import DequeModule
import Foundation
import LineProtocol

/// Ratings that wait to be written.
///
/// `@unchecked Sendable`: everything mutable is touched under `condition` alone.
final class RatingQueue: @unchecked Sendable {
  private let condition = NSCondition()
  private let rowLimit: Int
  private var waiting = Deque<ReceivedRatings>()
  private var rowCount = 0
  private var isStopped = false
  /// Whether whoever takes is to look at something else.
  private var isInterrupted = false

  /// Rows that are taken at a time.
  private static let groupLimit = 4096

  /// An empty queue, in which at most `rowLimit` rows wait.
  init(rowLimit: Int) { self.rowLimit = rowLimit }

  /// How many rows wait.
  var count: Int {
    condition.lock()
    defer { condition.unlock() }
    return rowCount
  }

  /// Has `ratings` written behind what waits. Throws when too much does, or nothing is written any more.
  func add(_ ratings: ReceivedRatings) throws(ErrorReply) {
    condition.lock()
    defer { condition.unlock() }
    guard !isStopped else { throw .stopping }
    guard rowCount + ratings.rows.count <= rowLimit else { throw .tooManyRatings }
    waiting.append(ratings)
    rowCount += ratings.rows.count
    condition.signal()
  }

  /// What waits, to be written in one transaction; nothing where ``interrupt()`` was called meanwhile, nil when there is to be no more.
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

  /// Has ``next()`` return, and takes out what should have been taken by now; nil once no more is added. A wait with a limit would go by the
  /// time of day, which may be set back.
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

  /// Lets what waits be taken, and nothing more be added.
  func stop() {
    condition.lock()
    defer { condition.unlock() }
    isStopped = true
    condition.broadcast()
  }
}

extension ErrorReply {
  fileprivate static let tooManyRatings = ErrorReply(
    .busy, "as many ratings wait to be written as may",
    remedy: "Send fewer at a time, and more when these are answered.")
}
