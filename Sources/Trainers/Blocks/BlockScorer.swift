import Errors
import Ratings
package import Recommenders
import TensorCore

/// A session of `latent score-block`: computes the best items of a model for blocks of users, excluding the items that
/// they have rated.
package struct BlockScorer {
  /// The maximum number of items per list.
  package static let listLimit = 1000

  private let recommender: Recommender
  private let threadCount: Int

  /// Creates a session for `model` that uses up to `threadCount` threads.
  package init(_ model: any ScoredModel, threadCount: Int) {
    recommender = Recommender(model: model)
    self.threadCount = threadCount
  }

  /// Returns the answer to `frame`, with the same tag.
  ///
  /// `score` has in its slots the number of users, the list length, in slot 3 whether ids are text, and in slot 4 their
  /// bytes; its arrays are ids as in `start`. The answer `scored` has in its slots the number of users, the total
  /// number of items, whether their ids are text, and their bytes; its arrays are the start of each list, followed by
  /// the total, then the item ids and their scores. A user unknown to the model has an empty list.
  ///
  /// Throws ``BlockError``: `badContents`; `outOfOrder` for another kind of frame; `tooLong` and `outOfMemory` if there
  /// is no room for the answer.
  package func take(_ frame: BlockFrame) throws(BlockError) -> BlockFrame {
    guard frame.kind == .score else {
      throw .bad(
        .outOfOrder, "it does not request lists", place: frame.place,
        remedy: "Send it to latent solve-block.")
    }
    var fields = BlockFields(frame)
    let count = try fields.rowCount(0)
    let length = try fields.count(1, "items of a list", in: 1...Self.listLimit)
    // Check before allocating: each list entry has an id and a score.
    guard count <= BlockFrame.byteLimit / (12 * length) else {
      throw .bad(
        .tooLong, "it requests \(count) lists of \(length) items, more than fit in a frame",
        place: frame.place, remedy: "Use smaller blocks.")
    }
    let ids = try fields.identifiers(count, typeIn: 3, byteCountIn: 4)
    try fields.end()
    let model = recommender.model
    let rows = (0..<count).map { model.users.index(of: ids.identifier(at: $0)) }
    let known = rows.compactMap(\.self)
    let lists = recommender.recommend(
      queryCount: known.count, count: length, threadCount: threadCount
    ) { position in
      let user = model.user(at: known[position])
      return (user, .unrated(by: user))
    }
    return try Self.scored(frame.tag, lists: lists, of: rows, in: model)
  }

  private static func scored(
    _ tag: UInt64, lists: [[ScoredItem]], of rows: [UserIndex?], in model: any ScoredModel
  ) throws(BlockError) -> BlockFrame {
    var offsets: [UInt64] = [0]
    var next = 0
    for row in rows {
      var count = 0
      if row != nil {
        count = lists[next].count
        next += 1
      }
      offsets.append(offsets[offsets.count - 1] + UInt64(count))
    }
    let entries = lists.flatMap(\.self)
    var ids = IdentifierColumn(type: model.items.type)
    for entry in entries { ids.append(model.items.identifier(at: entry.item)) }
    let scores = entries.map(\.score)
    let (slots, arrays) = (
      [BlockSlot(rows.count), BlockSlot(entries.count), BlockSlot(0)], [8 * offsets.count]
    )
    switch ids {
    case .integers(let integers):
      let answer = try BlockFrame(
        .scored, tag: tag, slots, arrays: arrays + [8 * integers.count, 4 * scores.count])
      var fields = BlockFields(answer)
      try fields.fill(with: offsets)
      try fields.fill(with: integers)
      try fields.fill(with: scores)
      return answer
    case .texts(let texts):
      let answer = try BlockFrame(
        .scored, tag: tag, slots + [BlockSlot(1), BlockSlot(texts.bytes.count)],
        arrays: arrays + [8 * texts.count, texts.bytes.count, 4 * scores.count])
      var fields = BlockFields(answer)
      try fields.fill(with: offsets)
      try fields.fill(with: texts.ends.map { UInt64($0) })
      try fields.fill(with: texts.bytes)
      try fields.fill(with: scores)
      return answer
    }
  }
}

extension BlockFields {
  /// Fills the next array with `elements`.
  fileprivate mutating func fill<Element: BitwiseCopyable>(
    with elements: [Element]
  ) throws(BlockError) {
    _ = try array(elements.count, of: Element.self).update(fromContentsOf: elements)
  }
}
