import Foundation
import Interactions
import Learning
import Ratings
import TestEnvironment
import Trainers

/// A training of `als` that is put together of blocks, as a client of the protocol does.
struct ALSBlockTraining {
  /// What of a side goes from half to half.
  struct Side {
    var rows: [Float]
    var sums: [Double]
    /// Those that the slope was made of that the rows were solved with.
    var slopeSums: [Double] = []
    var squares = 0.0
  }

  let options: ALSOptions
  /// The rows of a block.
  let blockSize: Int
  let table: InteractionTable

  private var numbers: Int { options.factorCount + 1 }
  private var width: Int { (numbers + 15) / 16 * 16 }

  /// Rows of the other side and values, for each row of a side.
  typealias Lists = BlockTraining.Lists

  /// The rows of both sides after all sweeps, a bias before the factors of each. The ids of items are integers.
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

  /// What a `model` frame says of it.
  func summary(_ learned: (users: Side, items: Side)) -> [Double] {
    [mean, deviation, root(BlockTraining.lists(table).users)]
      + [table.values.min() ?? 0, table.values.max() ?? 0].map(Double.init)
      + learned.users.slopeSums
  }

  /// The rows of a side without what fills them up.
  func columns(_ side: Side) -> [Float] {
    side.rows.indices.filter { $0 % width < numbers }.map { side.rows[$0] }
  }

  private var mean: Double { table.values.reduce(0.0) { $0 + Double($1) } / Double(table.count) }

  private var deviation: Double {
    let mean = mean
    let squares = table.values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    return (squares / Double(table.count)).squareRoot()
  }

  /// The root mean square of the logarithms of 1 and the numbers of ratings.
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

  /// Each block by a process of its own.
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
