import Ratings

/// Rows of one side of a model in a `part` frame: users or items ordered by id, their learned numbers, and the rated
/// items of each user or the number of ratings of each item. The data stays in the memory-mapped frame.
///
/// `@unchecked Sendable`: nobody writes to the frame.
struct FactorPart: @unchecked Sendable {
  /// The ids, in the frame's memory.
  enum Identifiers {
    case integers(UnsafeMutableBufferPointer<Int64>)
    case texts(ends: UnsafeMutableBufferPointer<UInt64>, bytes: UnsafeMutableBufferPointer<UInt8>)
  }

  let rows: FactorMatrix
  let identifiers: Identifiers
  /// For users, the start of each user's items, followed by their total; empty for items.
  let ratedOffsets: UnsafeMutableBufferPointer<UInt64>
  /// For users, their rated items; for items, their numbers of ratings.
  let numbers: UnsafeMutableBufferPointer<UInt32>
  private let memory: FrameMemory

  /// Reads `frame`: slots for rows, row length, rated items, whether ids are text, their bytes, and 1 for items; arrays
  /// of ids and rows; then for users the start of their items and the items, for items their numbers of ratings. Throws
  /// `badContents` unless it holds rows of `width` numbers of that side.
  init(_ frame: BlockFrame, ofItems: Bool, width: Int) throws(BlockError) {
    var fields = BlockFields(frame)
    let count = try fields.rowCount(0)
    guard frame.kind == .part, try fields.count(5, "sides", in: 0...1) == (ofItems ? 1 : 0) else {
      throw fields.bad("it is not part of the \(ofItems ? "items" : "users")")
    }
    guard try fields.factorCount(1) == width else {
      throw fields.bad("its rows do not have the model's \(width) numbers")
    }
    let ratedCount = try fields.count(2, "rated items", in: 0...BlockFrame.byteLimit / 4)
    let byteCount = try fields.count(4, "bytes of ids", in: 0...BlockFrame.byteLimit)
    if try fields.count(3, "types of id", in: 0...1) == 1 {
      let ends = try fields.array(count, of: UInt64.self)
      let bytes = try fields.array(byteCount, of: UInt8.self)
      guard zip(ends, ends.dropFirst()).allSatisfy(<=), ends.last ?? 0 == UInt64(byteCount) else {
        throw fields.bad("the ends of its ids do not match their bytes")
      }
      identifiers = .texts(ends: ends, bytes: bytes)
    } else {
      identifiers = .integers(try fields.array(count, of: Int64.self))
    }
    rows = try fields.sentRows(count, factors: width)
    if ofItems {
      ratedOffsets = UnsafeMutableBufferPointer(start: nil, count: 0)
      numbers = try fields.array(count, of: UInt32.self)
    } else {
      ratedOffsets = try fields.array(count + 1, of: UInt64.self)
      numbers = try fields.array(ratedCount, of: UInt32.self)
      guard ratedOffsets[0] == 0, ratedOffsets[count] == UInt64(ratedCount),
        zip(ratedOffsets, ratedOffsets.dropFirst()).allSatisfy(<=)
      else { throw fields.bad("its list offsets do not match \(ratedCount) rated items") }
    }
    try fields.end()
    memory = frame.memory
  }

  /// The type of the ids.
  var type: IdentifierType {
    switch identifiers {
    case .integers: .integer
    case .texts: .text
    }
  }

  /// The number of bytes of text ids.
  var identifierByteCount: Int {
    switch identifiers {
    case .integers: 0
    case .texts(_, let bytes): bytes.count
    }
  }
}
