/// Sorts rows by (user, item, arrival) into a ``TableColumns``, with little more memory than the rows themselves.
///
/// An MSD radix sort (McIlroy, Bostic, McIlroy, "Engineering radix sort", 1993) over the concatenated bits of user and
/// item, stable throughout. Rows are distributed to buckets block by block, and a block that has been read is reused as
/// the next block of a bucket. A bucket that fits the cache is sorted there: an LSD radix sort of its keys, each with
/// the row's position in its low bits. Time is linear in the rows and in the number of digits. 100 million evenly
/// distributed rows take at most two passes over memory.
struct RowSorter<Row: RatingRow>: ~Copyable {
  private let pool: BlockPool<Row>
  private let itemBits: Int
  private let keyBits: Int
  /// Two key buffers with the capacity of a leaf.
  private let keys: UnsafeMutablePointer<UInt64>
  private let otherKeys: UnsafeMutablePointer<UInt64>

  /// The target bucket size, chosen so that rows and keys stay in the second-level cache.
  private static var leafTarget: Int { 1 << 15 }
  /// The maximum number of rows sorted as one bucket.
  private static var leafLimit: Int { 1 << 16 }

  /// Creates a sorter of rows in `pool` with user and item rows below the given counts.
  init(_ pool: BlockPool<Row>, userCount: Int, itemCount: Int) {
    self.pool = pool
    itemBits = bitCount(itemCount)
    keyBits = itemBits + bitCount(userCount)
    keys = .allocate(capacity: Self.leafLimit)
    otherKeys = .allocate(capacity: Self.leafLimit)
  }

  deinit {
    keys.deallocate()
    otherKeys.deallocate()
  }

  /// Appends all `rows` to `columns` in order, and releases their blocks.
  func sort(_ rows: RowBlocks<Row>, into columns: inout TableColumns) {
    sort(rows, bits: keyBits, into: &columns)
  }

  /// Sorts rows that differ at most in the low `bits` bits of the key.
  private func sort(_ rows: RowBlocks<Row>, bits: Int, into columns: inout TableColumns) {
    guard rows.count > 1, bits > 0, !isAscending(rows) else {
      return append(rows, to: &columns)
    }
    if rows.count <= Self.leafLimit, bits + bitCount(rows.count) <= UInt64.bitWidth {
      return sortLeaf(rows, bits: bits, into: &columns)
    }
    let digit = min(bits, 11, max(1, bitCount(rows.count / Self.leafTarget)))
    for bucket in deal(rows, shift: bits - digit, digit: digit) where bucket.count > 0 {
      sort(bucket, bits: bits - digit, into: &columns)
    }
  }

  private func key(_ row: Row) -> UInt64 { UInt64(row.user) << UInt64(itemBits) | UInt64(row.item) }

  /// Whether the rows are in order. Usually decided within the first few rows if they are not.
  private func isAscending(_ rows: RowBlocks<Row>) -> Bool {
    var last: UInt64 = 0
    for index in rows.blocks.indices {
      for row in rows.rows(ofBlock: index) {
        let key = key(row)
        if key < last { return false }
        last = key
      }
    }
    return true
  }

  private func append(_ rows: RowBlocks<Row>, to columns: inout TableColumns) {
    for index in rows.blocks.indices {
      for row in rows.rows(ofBlock: index) { columns.append(row) }
      pool.release(rows.blocks[index])
    }
  }

  /// Distributes the rows to 2^digit buckets by the key bits from `shift` on, preserving order within a bucket.
  private func deal(_ rows: RowBlocks<Row>, shift: Int, digit: Int) -> [RowBlocks<Row>] {
    let bucketCount = 1 << digit
    let mask = UInt64(bucketCount - 1)
    let blockRows = RowBlocks<Row>.rowsPerBlock
    // The block being filled for each bucket, and its number of rows. A bucket without a block counts as full.
    var current = [UnsafeMutablePointer<Row>?](repeating: nil, count: bucketCount)
    var filled = [Int](repeating: blockRows, count: bucketCount)
    var buckets = [RowBlocks<Row>](repeating: RowBlocks(), count: bucketCount)
    current.withUnsafeMutableBufferPointer { current in
      filled.withUnsafeMutableBufferPointer { filled in
        for index in rows.blocks.indices {
          for row in rows.rows(ofBlock: index) {
            let bucket = Int(truncatingIfNeeded: key(row) >> UInt64(shift) & mask)
            if filled[bucket] == blockRows {
              if let full = current[bucket] { buckets[bucket].append(full, rowCount: blockRows) }
              current[bucket] = pool.take()
              filled[bucket] = 0
            }
            current[bucket].unsafelyUnwrapped[filled[bucket]] = row
            filled[bucket] += 1
          }
          pool.reuse(rows.blocks[index])
        }
        for bucket in 0..<bucketCount {
          if let last = current[bucket] { buckets[bucket].append(last, rowCount: filled[bucket]) }
        }
      }
    }
    return buckets
  }

  private func sortLeaf(_ rows: RowBlocks<Row>, bits: Int, into columns: inout TableColumns) {
    let positionBits = bitCount(rows.count)
    let keyMask = ~UInt64(0) >> UInt64(UInt64.bitWidth - bits)
    var position = 0
    for index in rows.blocks.indices {
      for row in rows.rows(ofBlock: index) {
        keys[position] = (key(row) & keyMask) << UInt64(positionBits) | UInt64(position)
        position += 1
      }
    }
    let sorted = sortKeys(count: rows.count, from: positionBits, to: positionBits + bits)
    let positionMask = UInt64(1) << UInt64(positionBits) - 1
    let blockShift = RowBlocks<Row>.rowsPerBlock.trailingZeroBitCount
    let rowMask = RowBlocks<Row>.rowsPerBlock - 1
    rows.blocks.withUnsafeBufferPointer { blocks in
      for key in UnsafeBufferPointer(start: sorted, count: rows.count) {
        let position = Int(truncatingIfNeeded: key & positionMask)
        columns.append(blocks[position >> blockShift][position & rowMask])
      }
    }
    for block in rows.blocks { pool.release(block) }
  }

  /// Stably sorts the keys by their bits `low ..< high`, and returns the buffer that holds the result.
  private func sortKeys(count: Int, from low: Int, to high: Int) -> UnsafeMutablePointer<UInt64> {
    var (source, target) = (keys, otherKeys)
    if count < 128 {
      // The positions below `low` ascend, so that sorting whole keys gives the same order.
      var all = UnsafeMutableBufferPointer(start: source, count: count)
      all.sort()
      return source
    }
    withUnsafeTemporaryAllocation(of: Int.self, capacity: 256) { starts in
      for shift in stride(from: low, to: high, by: 8) {
        starts.initialize(repeating: 0)
        // In the last pass, bits above `high` are zero.
        for position in 0..<count { starts[Int(source[position] >> UInt64(shift) & 0xFF)] += 1 }
        var total = 0
        for digit in 0..<256 {
          let start = total
          total += starts[digit]
          starts[digit] = start
        }
        for position in 0..<count {
          let digit = Int(source[position] >> UInt64(shift) & 0xFF)
          target[starts[digit]] = source[position]
          starts[digit] += 1
        }
        swap(&source, &target)
      }
    }
    return source
  }
}

/// Returns the number of bits needed for the numbers below `count`.
private func bitCount(_ count: Int) -> Int {
  count < 2 ? 0 : Int.bitWidth - (count - 1).leadingZeroBitCount
}
