import Errors
import Foundation
import Interactions
import TensorCore
import TestEnvironment
import Trainers

/// A conversation with a ``BlockSession`` in frames, as with the program; requests are read from a file.
struct BlockConversation {
  private let folder: TemporaryFolder
  private var session = BlockSession(in: ComputeContext(threadCount: 2))

  init() throws { folder = try TemporaryFolder() }

  /// Returns the answers to `messages`.
  mutating func ask(_ messages: [BlockMessage]) throws -> [BlockMessage] {
    try ask(messages.reduce(Data()) { $0 + $1.frame })
  }

  /// Returns the answers to the frames in `bytes`.
  mutating func ask(_ bytes: Data) throws -> [BlockMessage] {
    let (input, output) = (folder.path("in"), folder.path("out"))
    try bytes.write(to: URL(fileURLWithPath: input))
    try Data().write(to: URL(fileURLWithPath: output))
    let reading = try FileHandle(forReadingFrom: URL(fileURLWithPath: input))
    let writing = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
    var number = 1
    while let frame = try BlockFrame(reading: reading.fileDescriptor, number: number) {
      try session.take(frame)?.write(to: writing.fileDescriptor)
      number += 1
    }
    return BlockMessage.reading(try Data(contentsOf: URL(fileURLWithPath: output)))
  }

  /// Returns the error code for `bytes`, or nil if there is none.
  mutating func failure(_ bytes: Data) throws -> BlockErrorCode? {
    do { _ = try ask(bytes) } catch let error as BlockError { return error.code }
    return nil
  }
}

/// Training of `implicit-als` assembled from blocks, as by a client of the protocol.
struct BlockTraining {
  /// For each row of one side, the rows of the other side it has ratings with, and the values.
  typealias Lists = [[(other: UInt32, value: Float)]]

  let factors: Int
  let alpha: Double
  let regularization: Double
  /// 0 for equal confidences, 1 for values, 2 for their logarithms.
  let confidence: UInt64
  /// The number of rows in a block.
  let blockSize: Int

  private var width: Int { (factors + 15) / 16 * 16 }

  /// Returns the ratings of each user and each item.
  static func lists(_ table: InteractionTable) -> (users: Lists, items: Lists) {
    var users = Lists(repeating: [], count: table.userCount)
    var items = Lists(repeating: [], count: table.itemCount)
    for position in 0..<table.count {
      let (user, item) = (table.users[position], table.items[position])
      users[Int(user)].append((item, table.values[position]))
      items[Int(item)].append((user, table.values[position]))
    }
    return (users, items)
  }

  /// The rows, and the sums of the blocks' other results.
  struct Side {
    var rows: [Float]
    var gram: [Double]
    var gain = 0.0
  }

  /// Returns the initial rows of the items with the given ids.
  func start(_ ids: [Int64], seed: UInt64) throws -> Side {
    try blocks(ids.count) { rows in
      BlockMessage(
        4, [UInt64(rows.count), UInt64(factors), seed], [BlockMessage.bytes(Array(ids[rows]))])
    }
  }

  /// Solves a side for `other`, which is changed to the common basis. `before` are the current rows.
  func half(_ lists: Lists, _ before: [Float]?, _ other: inout Side) throws -> Side {
    var conversation = try BlockConversation()
    let basis = try conversation.ask([
      BlockMessage(5, [UInt64(factors)], [BlockMessage.bytes(other.gram.map { Float($0) })])
    ])[0]
    let count = other.rows.count / width
    let turned = try split(count).flatMap { rows in
      let block = Array(other.rows[rows.lowerBound * width..<rows.upperBound * width])
      return try conversation.ask([
        basis,
        BlockMessage(6, [UInt64(rows.count), UInt64(factors)], [BlockMessage.bytes(block)]),
      ])[0].floats(block.count)
    }
    other.rows = turned
    let settings = [
      basis, BlockMessage(1, [UInt64(count), UInt64(factors)], [BlockMessage.bytes(turned)]),
    ]
    return try blocks(lists.count, after: settings) { rows in
      solve(lists, rows, others: count, before)
    }
  }

  /// Returns the request to solve some rows.
  func solve(_ lists: Lists, _ rows: Range<Int>, others: Int, _ before: [Float]?) -> BlockMessage {
    let own = lists[rows]
    var offsets: [UInt64] = [0]
    for list in own { offsets.append(offsets[offsets.count - 1] + UInt64(list.count)) }
    var arrays = [
      BlockMessage.bytes(offsets), BlockMessage.bytes(own.flatMap { $0.map(\.other) }),
    ]
    if confidence > 0 { arrays.append(BlockMessage.bytes(own.flatMap { $0.map(\.value) })) }
    if let before {
      arrays.append(
        BlockMessage.bytes(Array(before[rows.lowerBound * width..<rows.upperBound * width])))
    }
    return BlockMessage(
      7,
      [
        UInt64(rows.count), UInt64(factors), offsets[rows.count], UInt64(others), alpha.bitPattern,
        regularization.bitPattern, confidence, before == nil ? 1 : 3,
      ], arrays)
  }

  private func split(_ count: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: blockSize).map { $0..<min($0 + blockSize, count) }
  }

  /// Runs each block in its own conversation.
  private func blocks(
    _ count: Int, after settings: [BlockMessage] = [], _ message: (Range<Int>) -> BlockMessage
  ) throws -> Side {
    var side = Side(rows: [], gram: [Double](repeating: 0, count: width * width))
    for rows in split(count) {
      var conversation = try BlockConversation()
      let answer = try conversation.ask(settings + [message(rows)])[0]
      side.rows += answer.floats(rows.count * width)
      let gram = answer.floats(width * width, from: (4 * rows.count * width + 63) / 64 * 64)
      for place in gram.indices { side.gram[place] += Double(gram[place]) }
      side.gain += Double(bitPattern: answer.slots[2])
    }
    return side
  }

  /// Returns the factors of the rows without padding.
  func columns(_ side: Side) -> [Float] {
    side.rows.indices.filter { $0 % width < factors }.map { side.rows[$0] }
  }
}
