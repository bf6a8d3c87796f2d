import Foundation

/// Rows in order of arrival, in blocks owned by a ``BlockPool``.
struct RowBlocks<Row: RatingRow> {
  /// A power of two, so that a shift maps a position to its block. Blocks take 24 or 40 KB.
  static var rowsPerBlock: Int { 2048 }

  private(set) var blocks: [UnsafeMutablePointer<Row>] = []
  private(set) var count = 0

  /// Returns the rows of the block at `index`.
  func rows(ofBlock index: Int) -> UnsafeMutableBufferPointer<Row> {
    UnsafeMutableBufferPointer(
      start: blocks[index], count: min(Self.rowsPerBlock, count - index * Self.rowsPerBlock))
  }

  /// Appends `added` rows. `make` returns the row at an index from 0 to `added`.
  mutating func append(count added: Int, from pool: BlockPool<Row>, _ make: (Int) -> Row) {
    var done = 0
    while done < added {
      let used = count % Self.rowsPerBlock
      if used == 0 { blocks.append(pool.take()) }
      let part = min(added - done, Self.rowsPerBlock - used)
      let block = blocks[blocks.count - 1] + used
      for position in 0..<part { block[position] = make(done + position) }
      count += part
      done += part
    }
  }

  /// Appends a block with `rowCount` rows. All blocks but the last must be full.
  mutating func append(_ block: UnsafeMutablePointer<Row>, rowCount: Int) {
    blocks.append(block)
    count += rowCount
  }
}

/// An allocator of row blocks of ``RowBlocks/rowsPerBlock``. It maps memory in slabs and unmaps them on
/// deinitialisation. A block no longer needed is reused for other rows, or its pages are returned to the system.
final class BlockPool<Row: RatingRow> {
  private static var blockSize: Int { RowBlocks<Row>.rowsPerBlock * MemoryLayout<Row>.stride }
  private static var slabSize: Int { 128 * blockSize }

  private var slabs: [UnsafeMutableRawPointer] = []
  private var free: [UnsafeMutablePointer<Row>] = []
  private var used = 0

  init() {}

  deinit { for slab in slabs { munmap(slab, Self.slabSize) } }

  /// Returns a block with undefined contents.
  func take() -> UnsafeMutablePointer<Row> {
    if let block = free.popLast() { return block }
    if slabs.isEmpty || used == Self.slabSize {
      // Mapped pages take no memory until they are written.
      guard
        let slab = mmap(
          nil, Self.slabSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
        slab != MAP_FAILED
      else { fatalError("out of memory: \(slabs.count * Self.slabSize) bytes of ratings are held") }
      slabs.append(slab)
      used = 0
    }
    defer { used += Self.blockSize }
    return (slabs[slabs.count - 1] + used).bindMemory(
      to: Row.self, capacity: RowBlocks<Row>.rowsPerBlock)
  }

  /// Returns a block to the pool for reuse.
  func reuse(_ block: UnsafeMutablePointer<Row>) { free.append(block) }

  /// Returns a block to the pool and its memory to the system until the block is reused.
  func release(_ block: UnsafeMutablePointer<Row>) {
    // Blocks are a whole number of 4 KB pages. With larger pages the memory is released with the pool.
    madvise(block, Self.blockSize, MADV_DONTNEED)
    free.append(block)
  }
}
