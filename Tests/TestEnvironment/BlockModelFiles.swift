package import Foundation

/// A model's files for `latent assemble`, written as another program would, from the description in ARCHITECTURE.md.
package struct BlockModelFiles: Sendable {
  /// Ids in ascending order.
  package enum Identifiers: Sendable {
    case integers([Int64])
    case texts([String])

    var count: Int {
      switch self {
      case .integers(let integers): integers.count
      case .texts(let texts): texts.count
      }
    }

    /// Returns slots 3 and 4 of a frame with the ids at `range`, and the arrays for those ids.
    package func parts(_ range: Range<Int>) -> (slots: [UInt64], arrays: [Data]) {
      switch self {
      case .integers(let integers): return ([0, 0], [BlockMessage.bytes(Array(integers[range]))])
      case .texts(let texts):
        let bytes = Data(texts[range].joined().utf8)
        var end: UInt64 = 0
        let ends = texts[range].map { text in
          end += UInt64(text.utf8.count)
          return end
        }
        return ([1, UInt64(bytes.count)], [BlockMessage.bytes(ends), bytes])
      }
    }
  }

  /// 0 for `implicit-als`, 1 for `als`.
  package var trainer: UInt64
  /// The numbers per row.
  package var width: Int
  /// The model's numbers outside its rows.
  package var numbers: [Double]
  package var ratingCount: Int
  package var users: Identifiers
  package var items: Identifiers
  /// The rows, concatenated without padding.
  package var userRows: [Float]
  package var itemRows: [Float]
  /// The items that each user has rated.
  package var rated: [[UInt32]]
  /// The items' numbers of ratings.
  package var counts: [UInt32]

  package init(
    trainer: UInt64, width: Int, numbers: [Double], ratingCount: Int, users: Identifiers,
    items: Identifiers, userRows: [Float], itemRows: [Float], rated: [[UInt32]], counts: [UInt32]
  ) {
    self.trainer = trainer
    self.width = width
    self.numbers = numbers
    self.ratingCount = ratingCount
    self.users = users
    self.items = items
    self.userRows = userRows
    self.itemRows = itemRows
    self.rated = rated
    self.counts = counts
  }

  /// A small `implicit-als` model with two factors.
  package static let small = BlockModelFiles(
    trainer: 0, width: 2, numbers: [2, 0.1], ratingCount: 5, users: .integers([-3, 7, 1 << 40]),
    items: .texts(["a", "é", "ö"]), userRows: [0.5, 1, -1, 0.25, 0, 2],
    itemRows: [1, 0, 0.5, 0.5, 0, -1], rated: [[0], [0, 2], [1, 2]], counts: [2, 1, 2])

  /// The frame of the model's data outside its rows.
  package var model: BlockMessage {
    BlockMessage(
      13,
      [
        trainer, UInt64(width), UInt64(users.count), UInt64(items.count), UInt64(ratingCount),
        UInt64(numbers.count),
      ], [BlockMessage.bytes(numbers)])
  }

  /// Returns the frame of the users at `range`.
  package func users(_ range: Range<Int>) -> BlockMessage {
    let (slots, arrays) = users.parts(range)
    var offsets: [UInt64] = [0]
    for list in rated[range] { offsets.append(offsets[offsets.count - 1] + UInt64(list.count)) }
    return BlockMessage(
      14, [UInt64(range.count), UInt64(width), offsets[range.count]] + slots + [0],
      arrays + [
        filled(userRows, range), BlockMessage.bytes(offsets),
        BlockMessage.bytes(rated[range].flatMap(\.self)),
      ])
  }

  /// Returns the frame of the items at `range`.
  package func items(_ range: Range<Int>) -> BlockMessage {
    let (slots, arrays) = items.parts(range)
    return BlockMessage(
      14, [UInt64(range.count), UInt64(width), 0] + slots + [1],
      arrays + [filled(itemRows, range), BlockMessage.bytes(Array(counts[range]))])
  }

  private func filled(_ rows: [Float], _ range: Range<Int>) -> Data {
    let fill = [Float](repeating: 0, count: (16 - width % 16) % 16)
    return BlockMessage.bytes(
      range.flatMap { Array(rows[$0 * width..<($0 + 1) * width]) + fill })
  }

  /// Writes the three files to `folder`, creating it, with at most `partSize` rows per frame.
  package func write(to folder: String, partSize: Int = .max) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    func parts(_ count: Int, _ frame: (Range<Int>) -> BlockMessage) -> Data {
      stride(from: 0, to: count, by: min(partSize, count)).reduce(into: Data()) {
        $0 += frame($1..<min($1 + min(partSize, count), count)).frame
      }
    }
    for (name, bytes) in [
      ("model", model.frame), ("users", parts(users.count) { users($0) }),
      ("items", parts(items.count) { items($0) }),
    ] { try bytes.write(to: URL(fileURLWithPath: "\(folder)/\(name).frames")) }
  }
}
