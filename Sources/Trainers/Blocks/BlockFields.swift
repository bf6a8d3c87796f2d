import Errors
import Foundation

/// A number of a frame's slots.
struct BlockSlot {
  let bits: UInt64

  init(_ count: Int) { bits = UInt64(count) }
  init(_ number: Double) { bits = number.bitPattern }
}

/// The slots and arrays of a frame in the order in which they stand, to be read or to be filled: each is checked
/// before it is lent, and nothing may be left in the end.
struct BlockFields {
  /// The bytes of the eight slots.
  static let slotByteCount = 64
  /// What arrays begin on multiples of.
  static let alignment = 64
  /// The most numbers of a row: as many factors as the trainers allow, and a bias.
  static let factorLimit = 4097
  /// The most rows of a block or a side: rows of the other side are 32 bits.
  static let rowLimit = Int(UInt32.max)

  private let frame: BlockFrame
  private var position = Self.slotByteCount

  init(_ frame: BlockFrame) { self.frame = frame }

  /// As many bytes as an array of `byteCount` takes.
  static func filledUp(_ byteCount: Int) -> Int {
    (byteCount + alignment - 1) / alignment * alignment
  }

  /// The count in slot `slot`. Throws `badContents` where it is not within `bounds`.
  func count(_ slot: Int, _ name: String, in bounds: ClosedRange<Int>) throws(BlockError) -> Int {
    let value = bits(slot)
    guard value <= UInt64(bounds.upperBound), Int(value) >= bounds.lowerBound else {
      throw bad(
        "its number of \(name) is \(value), not within \(bounds.lowerBound) to \(bounds.upperBound)"
      )
    }
    return Int(value)
  }

  /// The bits in slot `slot`.
  func bits(_ slot: Int) -> UInt64 {
    frame.memory.bytes.loadUnaligned(fromByteOffset: 8 * slot, as: UInt64.self)
  }

  /// The number in slot `slot`. Throws `badContents` where it is not finite or below `least`.
  func number(_ slot: Int, _ name: String, from least: Double) throws(BlockError) -> Double {
    let value = Double(bitPattern: bits(slot))
    guard value.isFinite, value >= least else { throw bad("its \(name) is \(value)") }
    return value
  }

  /// The next array of `count` numbers. Throws `badContents` where the frame ends before.
  mutating func array<Element: BitwiseCopyable>(
    _ count: Int, of type: Element.Type
  ) throws(BlockError) -> UnsafeMutableBufferPointer<Element> {
    let (byteCount, isTooMany) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    let room = frame.memory.bytes.count - position
    guard !isTooMany, byteCount <= room, Self.filledUp(byteCount) <= room else {
      throw bad("it says that it holds more than its \(frame.memory.bytes.count) bytes")
    }
    let bytes = UnsafeMutableRawBufferPointer(
      rebasing: frame.memory.bytes[position..<position + byteCount])
    position += Self.filledUp(byteCount)
    return bytes.bindMemory(to: type)
  }

  /// The next array, of numbers that must be finite.
  mutating func numbers<Number: BinaryFloatingPoint & BitwiseCopyable>(
    _ count: Int, _ name: String, of type: Number.Type = Float.self
  ) throws(BlockError) -> [Number] {
    let numbers = Array(try array(count, of: type))
    guard numbers.allSatisfy(\.isFinite) else { throw bad("its \(name) is not finite") }
    return numbers
  }

  /// The next array as rows of factors, where they lie.
  mutating func rows(_ count: Int, factors: Int) throws(BlockError) -> FactorMatrix {
    // At most 2^32 rows of 257 vectors.
    let vectors = try array(
      count * FactorMatrix.vectorCount(factors), of: FactorMatrix.Vector.self)
    guard let base = vectors.baseAddress else { return FactorMatrix(rows: 0, factors: factors) }
    return FactorMatrix(rows: count, factors: factors, at: base, of: frame.memory)
  }

  /// The next array as rows of factors that were sent: finite, and filled up with zeros.
  mutating func sentRows(_ count: Int, factors: Int) throws(BlockError) -> FactorMatrix {
    let rows = try rows(count, factors: factors)
    guard rows.isFinite else { throw bad("a row holds numbers that are not finite") }
    guard rows.isFilledUp else { throw bad("a row is not filled up with zeros") }
    return rows
  }

  /// Throws `badContents` where anything is left.
  func end() throws(BlockError) {
    guard position == frame.memory.bytes.count else {
      throw bad("it holds \(frame.memory.bytes.count - position) bytes more than it says")
    }
  }

  /// The error of this frame.
  func bad(_ problem: String) -> BlockError {
    .bad(.badContents, problem, place: frame.place)
  }
}
