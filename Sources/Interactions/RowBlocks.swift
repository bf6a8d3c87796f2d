import Foundation

/// Rows in the order they came, in blocks of a ``BlockPool``, which owns the memory.
struct RowBlocks<Row: RatingRow> {
  /// A power of two, so that a position tells its block by a shift. 24 or 40 KB a block.
  static var rowsPerBlock: Int { 2048 }

  private(set) var blocks: [UnsafeMutablePointer<Row>] = []
  private(set) var count = 0

  /// The rows of the block at `index`.
  func rows(ofBlock index: Int) -> UnsafeMutableBufferPointer<Row> {
    UnsafeMutableBufferPointer(
      start: blocks[index], count: min(Self.rowsPerBlock, count - index * Self.rowsPerBlock))
  }

  /// Adds `added` rows: `make` returns the row at a position of them.
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

  /// Adds a block, full but for the last one added, which holds `rowCount` rows.
  mutating func append(_ block: UnsafeMutablePointer<Row>, rowCount: Int) {
    blocks.append(block)
    count += rowCount
  }
}

/// Memory for rows in blocks of ``RowBlocks/rowsPerBlock``, mapped piece by piece and unmapped with
/// the pool. A block that is done with is taken again for other rows, or its pages are given back.
final class BlockPool<Row: RatingRow> {
  private static var blockSize: Int { RowBlocks<Row>.rowsPerBlock * MemoryLayout<Row>.stride }
  private static var slabSize: Int { 128 * blockSize }

  private var slabs: [UnsafeMutableRawPointer] = []
  private var free: [UnsafeMutablePointer<Row>] = []
  private var used = 0

  init() {}

  deinit { for slab in slabs { munmap(slab, Self.slabSize) } }

  /// A block; what it holds is undefined.
  func take() -> UnsafeMutablePointer<Row> {
    if let block = free.popLast() { return block }
    if slabs.isEmpty || used == Self.slabSize {
      // Pages of a mapping take no memory until they are written.
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

  /// Takes a block back, to hand it out again.
  func reuse(_ block: UnsafeMutablePointer<Row>) { free.append(block) }

  /// Takes a block back and gives its memory to the system until it is handed out again.
  func release(_ block: UnsafeMutablePointer<Row>) {
    // Blocks are whole pages of 4 KB; where pages are larger the memory goes with the pool.
    madvise(block, Self.blockSize, MADV_DONTNEED)
    free.append(block)
  }
}
