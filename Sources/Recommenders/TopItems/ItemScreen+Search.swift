extension ItemScreen {
  /// For each query the items that can be among its best `count`. One pass over the codes, whatever
  /// the number of queries: O(items x factors) a query at worst, less what is skipped.
  func candidates(for queries: ScreenQueries, count: Int) -> [CandidateList] {
    var lists = Array(repeating: CandidateList(count: count), count: queries.count)
    var active: [Int] = []
    active.reserveCapacity(queries.count)
    let size = Self.blockSize * factorCount
    let sumCount = Self.groupSize * Self.blockSize
    withUnsafeTemporaryAllocation(of: SIMD8<Float>.self, capacity: sumCount / 8) { memory in
      let sums = UnsafeMutableRawBufferPointer(memory)
      codes.withUnsafeBytes { codes in
        for block in 0..<blockCount {
          active.removeAll(keepingCapacity: true)
          for query in 0..<queries.count
          where mayHold(block, queries, query, lists[query].threshold) { active.append(query) }
          let own = UnsafeRawBufferPointer(rebasing: codes[block * size..<(block + 1) * size])
          var done = 0
          while done < active.count {
            let isGroup = active.count - done >= Self.groupSize
            let group = active[done..<done + (isGroup ? Self.groupSize : 1)]
            queries.factors.withUnsafeBytes { factors in
              if isGroup {
                sumProductsOfGroup(own, factors, group, into: sums)
              } else {
                sumProducts(own, factors, group[done], into: sums)
              }
            }
            for (position, query) in group.enumerated() {
              let start = position * Self.blockSize * 4
              let end = start + Self.blockSize * 4
              addCandidates(
                from: UnsafeRawBufferPointer(rebasing: sums[start..<end]), of: block, queries,
                query, to: &lists[query])
            }
            done += group.count
          }
        }
      }
    }
    return lists
  }

  /// Whether an item of the block can be among the query's best.
  private func mayHold(
    _ block: Int, _ queries: ScreenQueries, _ query: Int, _ threshold: Float
  ) -> Bool {
    let reach = queries.lengths[query] * blockLengths[block] + queries.margins[query]
    return queries.offsets[query] + blockBiases[block] + reach >= threshold
  }

  /// Bounds the scores of a block's items by their `sums` of codes times factors, and adds those
  /// that can be among the query's best.
  private func addCandidates(
    from sums: UnsafeRawBufferPointer, of block: Int, _ queries: ScreenQueries, _ query: Int,
    to list: inout CandidateList
  ) {
    let first = block * Self.blockSize
    let (offset, length) = (queries.offsets[query], queries.lengths[query])
    let margin = queries.margins[query]
    var hits = SIMDMask<SIMD8<Int32>>(repeating: false)
    withPlaces { scales, biases, slacks in
      for lane in stride(from: 0, to: Self.blockSize, by: 8) {
        let bytes = (first + lane) * 4
        let sum = sums.load(fromByteOffset: lane * 4, as: SIMD8<Float>.self)
        let scale = scales.loadUnaligned(fromByteOffset: bytes, as: SIMD8<Float>.self)
        let bias = biases.loadUnaligned(fromByteOffset: bytes, as: SIMD8<Float>.self)
        let slack = slacks.loadUnaligned(fromByteOffset: bytes, as: SIMD8<Float>.self)
        let score = (bias + offset).addingProduct(sum, scale)
        hits .|= score + SIMD8(repeating: margin).addingProduct(slack, length) .>= list.threshold
      }
    }
    guard any(hits) else { return }
    for lane in 0..<min(Self.blockSize, itemCount - first) {
      let place = first + lane
      let sum = sums.load(fromByteOffset: lane * 4, as: Float.self)
      let score = (biases[place] + offset).addingProduct(sum, scales[place])
      let slack = margin.addingProduct(slacks[place], length)
      if score + slack >= list.threshold, !queries.excluded[query].contains(rows[place]) {
        list.add(rows[place], lower: score - slack, upper: score + slack)
      }
    }
  }

  private func withPlaces(
    _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void
  ) {
    scales.withUnsafeBytes { scales in
      biases.withUnsafeBytes { biases in
        slacks.withUnsafeBytes { slacks in body(scales, biases, slacks) }
      }
    }
  }
}
