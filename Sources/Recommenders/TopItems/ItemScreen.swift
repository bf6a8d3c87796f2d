/// An index of the items of a model that scores by factors and biases: a compressed copy that narrows down the items
/// that can be among any user's best. All others are excluded by a bound that accounts for rounding, so that scoring
/// the remaining few by the model gives the exact list.
///
/// Each item's factors are stored as 8-bit codes with one scale; the codes represent q' = scale * codes. For a user's
/// factors p, by the Cauchy-Schwarz inequality,
///
///     |p . q - p . q'| <= |p| |q - q'|
///
/// and the length of q - q', about half a hundredth of q's, is stored. Items are ordered by length, longest first, in
/// blocks of 64. A block is skipped if even its greatest bias plus |p| times its greatest length falls short
/// (Teflioudi, Gemulla, Mykytiuk, "LEMP: Fast Retrieval of Large Entries in a Matrix Product", 2015, prune by the
/// same bound).
///
/// Memory: factors + 16 bytes per item. Layout: per block, for each factor, the codes of the block's 64 items are
/// contiguous, so that one load serves 8 items and no sum runs across lanes.
package struct ItemScreen: Sendable {
  /// The number of items in a block.
  static let blockSize = 64

  let factorCount: Int
  private let itemCount: Int
  /// The constant added to every score.
  private let globalMean: Float
  /// The codes, blocks x factors x 64.
  private let codes: [Int8]
  /// The scale at each place, in the order of the blocks. The last block is padded with places without an item.
  private let scales: [Float]
  private let biases: [Float]
  /// The maximum error of the screen's product relative to the model's, for a user whose factors have length 1.
  private let slacks: [Float]
  /// The item at each place.
  private let rows: [UInt32]
  /// The greatest bias of each block, and the greatest length with its margin.
  private let blockBiases: [Float]
  private let blockLengths: [Float]
  /// The greatest absolute bias.
  private let biasLimit: Float

  /// The number of blocks.
  private var blockCount: Int { blockBiases.count }

  /// Compresses the items in `rows` by their factors, items x factorCount, and their biases: O(rows x factors). Nil
  /// if there are no factors, or if a factor or bias is not finite or so large that products could overflow.
  init?(
    factors: UnsafeBufferPointer<Float>, biases itemBiases: UnsafeBufferPointer<Float>,
    factorCount: Int, globalMean: Float, rows: [UInt32]
  ) {
    let itemCount = rows.count
    guard factorCount > 0,
      let placed = lengthOrder(factors, factorCount: factorCount, rows: rows)
    else { return nil }
    let margins = RoundingMargins(factorCount: factorCount)
    let blockCount = (itemCount + Self.blockSize - 1) / Self.blockSize
    let placeCount = blockCount * Self.blockSize
    var codes = [Int8](repeating: 0, count: placeCount * factorCount)
    var scales = [Float](repeating: 0, count: placeCount)
    var biases = [Float](repeating: -.infinity, count: placeCount)
    var slacks = [Float](repeating: 0, count: placeCount)
    var blockBiases = [Float](repeating: -.infinity, count: blockCount)
    var blockLengths = [Float](repeating: 0, count: blockCount)
    var biasLimit: Float = 0
    for (place, item) in placed.enumerated() {
      let (block, lane) = (place / Self.blockSize, place % Self.blockSize)
      let start = block * Self.blockSize * factorCount + lane
      let bias = itemBiases[Int(item.row)]
      guard abs(bias) < RoundingMargins.largest else { return nil }
      let compressed = compress(factors[row: Int(item.row), length: factorCount]) {
        codes[start + $0 * Self.blockSize] = $1
      }
      scales[place] = compressed.scale
      biases[place] = bias
      slacks[place] = margins.slack(length: item.length, residual: compressed.residual)
      blockBiases[block] = max(blockBiases[block], bias)
      blockLengths[block] = max(blockLengths[block], margins.reach(length: item.length))
      biasLimit = max(biasLimit, abs(bias))
    }
    self.factorCount = factorCount
    self.itemCount = itemCount
    self.globalMean = globalMean
    self.codes = codes
    self.scales = scales
    self.biases = biases
    self.slacks = slacks
    self.rows = placed.map(\.row)
    self.blockBiases = blockBiases
    self.blockLengths = blockLengths
    self.biasLimit = biasLimit
  }

  // MARK: - Searching

  /// Returns, for each query, the rows of the items that can be among its best `count`, or nil if the user cannot be
  /// bounded. Makes one pass over the codes for all queries: O(items x factors) per query in the worst case, less
  /// what is skipped. Traps if a user's vector has another length.
  func candidates(for queries: [Recommender.Query], count: Int) -> [[UInt32]?] {
    var bounded = ScreenQueries(factorCount: factorCount)
    let isBounded = queries.map {
      bounded.add($0, globalMean: globalMean, biasLimit: biasLimit)
    }
    var lists = candidates(for: bounded, count: count).makeIterator()
    return isBounded.map { $0 ? lists.next()?.remaining() : nil }
  }

  private func candidates(for queries: ScreenQueries, count: Int) -> [CandidateList] {
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

  /// Returns whether an item of the block can be among the query's best.
  private func mayHold(
    _ block: Int, _ queries: ScreenQueries, _ query: Int, _ threshold: Float
  ) -> Bool {
    let reach = queries.lengths[query] * blockLengths[block] + queries.margins[query]
    return queries.offsets[query] + blockBiases[block] + reach >= threshold
  }

  /// Bounds the scores of a block's items by their `sums` of codes times factors, and adds those that can be among
  /// the query's best.
  private func addCandidates(
    from sums: UnsafeRawBufferPointer, of block: Int, _ queries: ScreenQueries, _ query: Int,
    to list: inout CandidateList
  ) {
    let first = block * Self.blockSize
    let (offset, length) = (queries.offsets[query], queries.lengths[query])
    let margin = queries.margins[query]
    withPlaces { scales, biases, slacks in
      for lane in stride(from: 0, to: Self.blockSize, by: 8) {
        let bytes = (first + lane) * 4
        let sum = sums.load(fromByteOffset: lane * 4, as: SIMD8<Float>.self)
        let scale = scales.loadUnaligned(fromByteOffset: bytes, as: SIMD8<Float>.self)
        let bias = biases.loadUnaligned(fromByteOffset: bytes, as: SIMD8<Float>.self)
        let slack = slacks.loadUnaligned(fromByteOffset: bytes, as: SIMD8<Float>.self)
        let score = (bias + offset).addingProduct(sum, scale)
        let room = SIMD8(repeating: margin).addingProduct(slack, length)
        let hits = score + room .>= list.threshold
        guard any(hits) else { continue }
        // The last block is padded with places without an item.
        for hit in 0..<max(0, min(8, itemCount - first - lane)) where hits[hit] {
          let row = rows[first + lane + hit]
          guard queries.filters[query].admits(row) else { continue }
          list.add(row, lower: score[hit] - room[hit], upper: score[hit] + room[hit])
        }
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

/// Returns the items by the length of their factors, longest first, or nil if a length is not finite or too large.
private func lengthOrder(
  _ factors: UnsafeBufferPointer<Float>, factorCount: Int, rows: [UInt32]
) -> [(row: UInt32, length: Double)]? {
  var order: [(row: UInt32, length: Double)] = []
  order.reserveCapacity(rows.count)
  for row in rows {
    let length = euclideanLength(factors[row: Int(row), length: factorCount])
    guard length < Double(RoundingMargins.largest) else { return nil }
    order.append((row, length))
  }
  order.sort { $0.length != $1.length ? $0.length > $1.length : $0.row < $1.row }
  return order
}

/// Returns the Euclidean length, in double precision.
func euclideanLength(_ factors: UnsafeBufferPointer<Float>) -> Double {
  var sum = 0.0
  for factor in factors { sum += Double(factor) * Double(factor) }
  return sum.squareRoot()
}

/// Passes the 8-bit code of each factor to `store`. Returns the scale of the codes, and the length of the
/// quantisation error.
private func compress(
  _ factors: UnsafeBufferPointer<Float>, _ store: (Int, Int8) -> Void
) -> (scale: Float, residual: Double) {
  var largest: Float = 0
  for factor in factors { largest = max(largest, abs(factor)) }
  // Factors too small to divide by get code 0; the residual is then the whole length.
  let scale = largest > 1e-30 ? largest / 127 : 0
  var lost = 0.0
  for (position, factor) in factors.enumerated() {
    let code = scale == 0 ? 0 : Int8(max(-127, min(127, (factor / scale).rounded())))
    store(position, code)
    let difference = Double(factor) - Double(scale) * Double(code)
    lost += difference * difference
  }
  return (scale, lost.squareRoot())
}

/// A batch of users' queries for one pass over an ``ItemScreen``.
private struct ScreenQueries {
  private let factorCount: Int
  /// The users' factors, users x factors.
  private(set) var factors: [Float] = []
  /// The part of each user's scores that is the same for all items.
  private(set) var offsets: [Float] = []
  /// The length of each user's factors, rounded up.
  private(set) var lengths: [Float] = []
  /// The rounding margin added to each user's bounds.
  private(set) var margins: [Float] = []
  private(set) var filters: [CandidateFilter] = []

  init(factorCount: Int) { self.factorCount = factorCount }

  /// The number of users.
  var count: Int { offsets.count }

  /// Adds a query. Returns false without adding it if the user's numbers are not finite or so large that products
  /// could overflow.
  mutating func add(_ query: Recommender.Query, globalMean: Float, biasLimit: Float) -> Bool {
    let elements = query.user.elements
    precondition(elements.count == factorCount, "a user of \(elements.count) factors")
    let offset = globalMean + (query.user.bias ?? 0)
    let length = elements.withUnsafeBufferPointer(euclideanLength)
    guard abs(offset) < RoundingMargins.largest, length < Double(RoundingMargins.largest) else {
      return false
    }
    factors += elements
    offsets.append(offset)
    lengths.append(Float(length * 1.000_001))
    margins.append(RoundingMargins.slack(offset: offset, biasLimit: biasLimit))
    filters.append(query.filter)
    return true
  }
}

/// The items that can still be among a user's best `count`, as bounds on scores arrive.
///
/// Each score lies between a lower and an upper bound. The `count`-th greatest lower bound is a threshold: an item
/// with an upper bound below it is not among the best.
private struct CandidateList {
  private struct Candidate {
    var row: UInt32
    var upper: Float
  }

  private var candidates: [Candidate] = []
  private var lowerBounds: BoundedHeap<Float>
  /// The threshold: upper bounds below it are discarded.
  private(set) var threshold = -Float.infinity

  /// Creates a list for the best `count`.
  init(count: Int) { lowerBounds = BoundedHeap(count: count) }

  /// Adds an item with a score in `lower ... upper`, neither of them NaN.
  mutating func add(_ row: UInt32, lower: Float, upper: Float) {
    candidates.append(Candidate(row: row, upper: upper))
    guard lowerBounds.admits(lower) else { return }
    lowerBounds.insert(lower)
    threshold = lowerBounds.least ?? -.infinity
  }

  /// Returns the rows of the items that are not excluded, in the order they were added.
  func remaining() -> [UInt32] {
    candidates.compactMap { $0.upper >= threshold ? $0.row : nil }
  }
}

/// Bounds on the rounding error of single-precision sums, for ``ItemScreen``.
///
/// A sum of n products, in any order and fused or not, differs from the exact one by at most gamma_n times the sum of
/// the products' absolute values, where gamma_n = n u / (1 - n u) and u = 2^-24 (Higham, "Accuracy and Stability of
/// Numerical Algorithms", 2002, section 3.1). That sum is at most the product of the two lengths. The few operations
/// on biases, scales and bounds themselves are covered by 32 u of their operands. Everything is enlarged by a
/// hundredth to cover second-order terms.
private struct RoundingMargins {
  /// Lengths and biases beyond this are not screened, as their products could overflow.
  static let largest: Float = 1e15

  private let gamma: Double

  init(factorCount: Int) {
    let sum = Double(factorCount) * 0x1p-24
    // Beyond a million factors the bound is useless; 0.5 is far above what is needed.
    gamma = sum < 0.5 ? sum / (1 - sum) : .infinity
  }

  /// Returns the maximum difference between the screen's and the model's product for an item of this length and a
  /// user's factors of length 1: the quantisation error, and the rounding on both sides.
  func slack(length: Double, residual: Double) -> Float {
    Float(1.01 * (residual + (2 * gamma + 32 * 0x1p-24) * (length + residual)) + 1e-30)
  }

  /// Returns the maximum of the model's product for an item of this length and a user's factors of length 1.
  func reach(length: Double) -> Float {
    Float(1.0001 * length * (1 + 2 * gamma + 32 * 0x1p-24) + 1e-30)
  }

  /// Returns the margin added to every bound for the rounding of `offset`, which all of a user's scores share, and of
  /// biases up to `biasLimit`.
  static func slack(offset: Float, biasLimit: Float) -> Float {
    32 * 0x1p-24 * (abs(offset) + biasLimit) + 1e-30
  }
}
