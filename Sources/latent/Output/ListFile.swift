import Foundation
import Learning
import Ratings
import Recommenders
import Synchronization

/// Writes the lists of many users to a file as they are computed, on several threads, in O(rows at a time) memory.
struct ListFile {
  /// The maximum number of rows in memory, and the minimum number of users whose rows are in memory regardless.
  private static let rowLimit = 1 << 18
  private static let leastUsers = 96
  /// The target time for a part of the users, in seconds. Threads synchronise, and interruption and progress are
  /// handled, after each part.
  private static let partSeconds = 1.0

  let path: String
  let format: RowFormat
  let threadCount: Int
  /// The maximum number of items in a list.
  let listLength: Int

  /// Writes the lists of `users`, which `list` computes, and returns their number. Leaves no file if it is interrupted
  /// or writing fails.
  func write(
    of users: [String], by queries: RecommenderQueries,
    _ list: (String) throws -> RecommendedItems
  ) throws -> Int {
    try write(count: users.count, ListTable(queries, mayFallBack: true)) { part, table in
      try users[part].map { encoded([try list($0)], in: table) }
    }
    return users.count
  }

  /// Writes the lists of all users whom the model knows, except those who were `forgotten`, and returns their number.
  func write(
    ofAllBut forgotten: ForgottenUsers?, by queries: RecommenderQueries, _ options: ListOptions
  ) throws -> Int {
    let written = Atomic(0)
    try write(count: queries.userCount, ListTable(queries, mayFallBack: false)) { part, table in
      try ModelOptions.explained { () throws(RecommendingError) in
        try queries.recommend(toRows: part, options, threadCount: threadCount) { lists in
          let lists = lists.filter { list in
            !(list.user.map { forgotten?.contains($0) ?? false } ?? false)
          }
          written.add(lists.count, ordering: .relaxed)
          return encoded(lists, in: table)
        }
      }
    }
    return written.load(ordering: .relaxed)
  }

  /// Writes the result of `pieces` for `count` users, part by part.
  private func write(
    count: Int, _ table: ListTable, _ pieces: (Range<Int>, ListTable) throws -> [[UInt8]]
  ) throws {
    let interruption = Interruption()
    defer { withExtendedLifetime(interruption) {} }
    let file = try OutputFile(path)
    try file.write(format.header(table.columns))
    let meter = Meter(count: count)
    var part = 0..<min(Self.leastUsers, count)
    while !part.isEmpty {
      guard !interruption.flag.isCancelled else {
        throw CommandFailure("interrupted: \(path) is not written", remedy: "Run it again.")
      }
      let start = ContinuousClock.now
      for piece in try pieces(part, table) { try file.write(piece) }
      meter.show(part.upperBound)
      let seconds = max(1e-6, (ContinuousClock.now - start) / .seconds(1))
      let next = min(
        Self.partSeconds * Double(part.count) / seconds, Double(Self.rowLimit / listLength))
      part = part.upperBound..<min(part.upperBound + max(Self.leastUsers, Int(next)), count)
    }
    meter.clear()
    try file.finish()
  }

  private func encoded(_ lists: [RecommendedItems], in table: ListTable) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(lists.reduce(0) { $0 + $1.items.count } * 64)
    for list in lists {
      for (place, item) in list.items.enumerated() {
        format.append(
          table.row(item, rank: place + 1, of: list), of: table.columns, to: &bytes)
      }
    }
    return bytes
  }
}

/// Displays the progress of the lists on a terminal.
private struct Meter {
  let count: Int
  private let start = ContinuousClock.now

  init(count: Int) { self.count = count }

  func show(_ done: Int) {
    guard StandardError.isTerminal else { return }
    let left = (ContinuousClock.now - start) / .seconds(1) * Double(count - done) / Double(done)
    StandardError.write(
      "\r\(done) of \(count) users, \(Int(left.rounded(.up))) s left\u{1B}[K")
  }

  func clear() {
    if StandardError.isTerminal { StandardError.write("\r\u{1B}[K") }
  }
}
