import Foundation

/// A column of plain values that grows without holding two copies of itself.
///
/// An array that grows copies its elements to a block twice as large, and both are in memory
/// meanwhile. Here the block is resized by `realloc`, which moves the pages of a large block instead
/// of copying them, and pages that were never written take no memory.
struct GrowingColumn<Element: BitwiseCopyable>: ~Copyable {
  private var base: UnsafeMutablePointer<Element>?
  private var capacity = 0
  private(set) var count = 0

  init() {}

  /// The values `make(0) ... make(count - 1)`.
  init(count: Int, _ make: (Int) -> Element) {
    reserve(count)
    for position in 0..<count { base![position] = make(position) }
    self.count = count
  }

  deinit { free(base) }

  /// Makes room for `count` values at the end and lets `fill` write all of them.
  mutating func append<Failure: Error>(
    count added: Int, _ fill: (UnsafeMutableBufferPointer<Element>) throws(Failure) -> Void
  ) throws(Failure) {
    guard added > 0 else { return }
    reserve(count + added)
    try fill(UnsafeMutableBufferPointer(start: base! + count, count: added))
    count += added
  }

  /// Gives `body` the values, to read and to change.
  func withMutableValues<Result>(_ body: (UnsafeMutableBufferPointer<Element>) -> Result) -> Result
  {
    body(UnsafeMutableBufferPointer(start: base, count: count))
  }

  /// Forgets all values behind the first `count`.
  mutating func truncate(to count: Int) {
    precondition(count <= self.count)
    self.count = count
  }

  /// The values as an array; the column's own memory is given back.
  consuming func array() -> [Element] {
    withMutableValues { Array($0) }
  }

  private mutating func reserve(_ needed: Int) {
    guard needed > capacity else { return }
    capacity = max(needed, capacity + capacity / 2, 1024)
    guard let block = realloc(base, capacity * MemoryLayout<Element>.stride) else {
      fatalError("out of memory: \(capacity * MemoryLayout<Element>.stride) bytes of ratings")
    }
    base = block.assumingMemoryBound(to: Element.self)
  }
}
