import Errors
import Foundation

/// The value of one of a frame's slots.
struct BlockSlot {
  let bits: UInt64

  init(_ count: Int) { bits = UInt64(count) }
  init(_ number: Double) { bits = number.bitPattern }
}

/// A cursor over the slots and arrays of a frame, for reading or filling them in order. Each is validated before it is
/// returned, and nothing may remain at the end.
struct BlockFields {
  /// The total size of the eight slots.
  static let slotByteCount = 64
  /// The alignment of arrays.
  static let alignment = 64
  /// The maximum length of a row: the largest number of factors that trainers allow, and a bias.
  static let factorLimit = 4097
  /// The maximum number of rows of a block or a side: references to rows of the other side are 32 bits.
  static let rowLimit = Int(UInt32.max)

  private let frame: BlockFrame
  private var position = Self.slotByteCount

  init(_ frame: BlockFrame) { self.frame = frame }

  /// Returns the padded size of an array of `byteCount` bytes.
  static func filledUp(_ byteCount: Int) -> Int {
    (byteCount + alignment - 1) / alignment * alignment
  }

  /// Returns the count in slot `slot`. Throws `badContents` if it is not within `bounds`.
  func count(_ slot: Int, _ name: String, in bounds: ClosedRange<Int>) throws(BlockError) -> Int {
    let value = bits(slot)
    guard value <= UInt64(bounds.upperBound), Int(value) >= bounds.lowerBound else {
      throw bad(
        "its number of \(name) is \(value), not within \(bounds.lowerBound) to \(bounds.upperBound)"
      )
    }
    return Int(value)
  }

  /// Returns the bits in slot `slot`.
  func bits(_ slot: Int) -> UInt64 {
    frame.memory.bytes.loadUnaligned(fromByteOffset: 8 * slot, as: UInt64.self)
  }

  /// Returns the number in slot `slot`. Throws `badContents` if it is not finite or is below `least`.
  func number(_ slot: Int, _ name: String, from least: Double) throws(BlockError) -> Double {
    let value = Double(bitPattern: bits(slot))
    guard value.isFinite, value >= least else { throw bad("its \(name) is \(value)") }
    return value
  }

  /// Returns the next array, of `count` elements. Throws `badContents` if the frame is too short.
  mutating func array<Element: BitwiseCopyable>(
    _ count: Int, of type: Element.Type
  ) throws(BlockError) -> UnsafeMutableBufferPointer<Element> {
    let (byteCount, isTooMany) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    let room = frame.memory.bytes.count - position
    guard !isTooMany, byteCount <= room, Self.filledUp(byteCount) <= room else {
      throw bad("its arrays need more than its \(frame.memory.bytes.count) bytes")
    }
    let bytes = UnsafeMutableRawBufferPointer(
      rebasing: frame.memory.bytes[position..<position + byteCount])
    position += Self.filledUp(byteCount)
    return bytes.bindMemory(to: type)
  }

  /// Reads the next array as numbers. Throws `badContents` if one is not finite.
  mutating func numbers<Number: BinaryFloatingPoint & BitwiseCopyable>(
    _ count: Int, _ name: String, of type: Number.Type = Float.self
  ) throws(BlockError) -> [Number] {
    let numbers = Array(try array(count, of: type))
    guard numbers.allSatisfy({ $0.isFinite }) else {
      throw bad("a number in its \(name) is not finite")
    }
    return numbers
  }

  /// Returns the next array as rows of factors, without a copy.
  mutating func rows(_ count: Int, factors: Int) throws(BlockError) -> FactorMatrix {
    // At most 2^32 rows of 257 vectors.
    let vectors = try array(
      count * FactorMatrix.vectorCount(factors), of: FactorMatrix.Vector.self)
    guard let base = vectors.baseAddress else { return FactorMatrix(rows: 0, factors: factors) }
    return FactorMatrix(rows: count, factors: factors, at: base, of: frame.memory)
  }

  /// Returns the next array as received rows of factors. Throws `badContents` unless they are finite and padded with
  /// zeros.
  mutating func sentRows(_ count: Int, factors: Int) throws(BlockError) -> FactorMatrix {
    let rows = try rows(count, factors: factors)
    guard rows.isFinite else { throw bad("a row holds numbers that are not finite") }
    guard rows.isFilledUp else { throw bad("a row is not padded with zeros") }
    return rows
  }

  /// Throws `badContents` if anything is left.
  func end() throws(BlockError) {
    guard position == frame.memory.bytes.count else {
      throw bad("it has \(frame.memory.bytes.count - position) bytes after its arrays")
    }
  }

  /// Returns a `badContents` error for this frame.
  func bad(_ problem: String) -> BlockError {
    .bad(.badContents, problem, place: frame.place)
  }
}
