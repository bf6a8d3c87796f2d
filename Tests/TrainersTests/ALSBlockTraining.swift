import Foundation
import Interactions
import Learning
import Ratings
import TestEnvironment
import Trainers

/// Training of `als` assembled from blocks, as by a client of the protocol.
struct ALSBlockTraining {
  /// The state of a side between half-sweeps.
  struct Side {
    var rows: [Float]
    var sums: [Double]
    /// The sums for the slope with which the rows were solved.
    var slopeSums: [Double] = []
    var squares = 0.0
  }

  let options: ALSOptions
  /// The number of rows in a block.
  let blockSize: Int
  let table: InteractionTable

  private var numbers: Int { options.factorCount + 1 }
  private var width: Int { (numbers + 15) / 16 * 16 }

  /// The rows of the other side and the values, for each row of a side.
  typealias Lists = BlockTraining.Lists

  /// Returns the rows of both sides after all sweeps, each a bias followed by the factors. Item ids must be integers.
  func train(seed: UInt64) throws -> (users: Side, items: Side) {
    let lists = BlockTraining.lists(table)
    guard case .integers(let ids) = table.itemIdentifiers else { preconditionFailure("texts") }
    let none = Side(rows: [], sums: [Double](repeating: 0, count: width + 1))
    let itemRoot = root(lists.items)
    var solved = (users: none, items: none)
    solved.items = try blocks(ids.count) { rows in
      BlockMessage(
        10,
        [
          UInt64(rows.count), UInt64(numbers), seed, 0, 0, options.itemDamping.bitPattern,
          itemRoot.bitPattern,
        ],
        [
          BlockMessage.bytes(Array(ids[rows])),
          BlockMessage.bytes(lists.items[rows].map { UInt32($0.count) }),
        ])
    }
    for _ in 0..<options.sweepCount {
      let sums = solved.users.sums
      solved.users = try half(
        lists.users, sums, damping: options.userDamping, other: solved.items.rows)
      solved.users.slopeSums = sums
      solved.items = try half(
        lists.items, solved.items.sums, damping: options.itemDamping, other: solved.users.rows)
    }
    return solved
  }

  /// Returns the contents of a `model` frame.
  func summary(_ learned: (users: Side, items: Side)) -> [Double] {
    [mean, deviation, root(BlockTraining.lists(table).users)]
      + [table.values.min() ?? 0, table.values.max() ?? 0].map(Double.init)
      + learned.users.slopeSums
  }

  /// Returns the rows of a side without padding.
  func columns(_ side: Side) -> [Float] {
    side.rows.indices.filter { $0 % width < numbers }.map { side.rows[$0] }
  }

  private var mean: Double { table.values.reduce(0.0) { $0 + Double($1) } / Double(table.count) }

  private var deviation: Double {
    let mean = mean
    let squares = table.values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    return (squares / Double(table.count)).squareRoot()
  }

  /// Returns the root mean square of log(1 + n) over the rows' numbers of ratings n.
  private func root(_ lists: Lists) -> Double {
    let squares = lists.reduce(0.0) { sum, list in
      let logarithm = log(1 + Double(list.count))
      return sum + logarithm * logarithm
    }
    return (squares / Double(lists.count)).squareRoot()
  }

  private func half(
    _ lists: Lists, _ sums: [Double], damping: Double, other: [Float]
  ) throws -> Side {
    let settings = [options.regularization, damping, root(lists), mean, deviation]
    let others = BlockMessage(
      1, [UInt64(other.count / width), UInt64(numbers)], [BlockMessage.bytes(other)])
    return try blocks(lists.count, after: [others]) { rows in
      var offsets: [UInt64] = [0]
      for list in lists[rows] {
        offsets.append(offsets[offsets.count - 1] + UInt64(list.count))
      }
      return BlockMessage(
        11, [UInt64(rows.count), UInt64(numbers), offsets[rows.count], 1],
        [
          BlockMessage.bytes(settings), BlockMessage.bytes(sums), BlockMessage.bytes(offsets),
          BlockMessage.bytes(lists[rows].flatMap { $0.map(\.other) }),
          BlockMessage.bytes(lists[rows].flatMap { $0.map(\.value) }),
        ])
    }
  }

  /// Runs each block in its own conversation.
  private func blocks(
    _ count: Int, after settings: [BlockMessage] = [], _ message: (Range<Int>) -> BlockMessage
  ) throws -> Side {
    var side = Side(rows: [], sums: [Double](repeating: 0, count: width + 1))
    for first in stride(from: 0, to: count, by: blockSize) {
      let rows = first..<min(first + blockSize, count)
      var conversation = try BlockConversation()
      let answer = try conversation.ask(settings + [message(rows)])[0]
      side.rows += answer.floats(rows.count * width)
      for (place, sum) in answer.doubles(width + 1, from: 4 * rows.count * width).enumerated() {
        side.sums[place] += sum
      }
      side.squares += Double(bitPattern: answer.slots[2])
    }
    return side
  }
}
