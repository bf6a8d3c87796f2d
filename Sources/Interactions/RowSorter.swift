/// Brings rows into the order of (user, item, arrival) and hands them to a ``TableColumns``, with
/// memory for little more than the rows themselves.
///
/// A radix sort from the highest digit down (McIlroy, Bostic, McIlroy, "Engineering radix sort",
/// 1993), over the bits of user and item side by side, stable throughout: rows are dealt out to
/// buckets block by block, and a block that has been dealt out becomes a bucket's next one. A bucket
/// that fits the cache is sorted there: its keys, each with the row's position behind it, digit by
/// digit from the lowest up. Time is linear in the rows and in the number of digits, at most two
/// passes over memory for 100 million rows that are spread evenly.
struct RowSorter<Row: RatingRow>: ~Copyable {
  private let pool: BlockPool<Row>
  private let itemBits: Int
  private let keyBits: Int
  /// Two arrays of as many keys as a leaf may have.
  private let keys: UnsafeMutablePointer<UInt64>
  private let otherKeys: UnsafeMutablePointer<UInt64>

  /// Buckets of this size are aimed at: rows and keys stay in the second-level cache.
  private static var leafTarget: Int { 1 << 15 }
  /// The most rows that are sorted as one bucket.
  private static var leafLimit: Int { 1 << 16 }

  /// A sorter of rows in `pool` whose users and items are below the given numbers.
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

  /// Appends all `rows` to `columns`, in order, and releases their blocks.
  func sort(_ rows: RowBlocks<Row>, into columns: inout TableColumns) {
    sort(rows, bits: keyBits, into: &columns)
  }

  /// `bits` says how many of the key's low bits may differ between the rows.
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

  /// Whether the rows are in order: mostly told by the first few that are not.
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

  /// Deals the rows out to 2^digit buckets by the key's bits from `shift` on, each bucket's in the
  /// order they came.
  private func deal(_ rows: RowBlocks<Row>, shift: Int, digit: Int) -> [RowBlocks<Row>] {
    let bucketCount = 1 << digit
    let mask = UInt64(bucketCount - 1)
    let blockRows = RowBlocks<Row>.rowsPerBlock
    // For each bucket the block that is being filled, and how many rows are in it: at first none,
    // which counts as a full one.
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

  /// Sorts the keys by their bits `low ..< high`, equal ones in the order they stand, and returns
  /// which of the two arrays holds them.
  private func sortKeys(count: Int, from low: Int, to high: Int) -> UnsafeMutablePointer<UInt64> {
    var (source, target) = (keys, otherKeys)
    if count < 128 {
      // The positions below `low` ascend: the order of the whole keys is the same.
      var all = UnsafeMutableBufferPointer(start: source, count: count)
      all.sort()
      return source
    }
    withUnsafeTemporaryAllocation(of: Int.self, capacity: 256) { starts in
      for shift in stride(from: low, to: high, by: 8) {
        starts.initialize(repeating: 0)
        // In the last pass the bits above `high` are zero.
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

/// The bits that the numbers below `count` take.
private func bitCount(_ count: Int) -> Int {
  count < 2 ? 0 : Int.bitWidth - (count - 1).leadingZeroBitCount
}
