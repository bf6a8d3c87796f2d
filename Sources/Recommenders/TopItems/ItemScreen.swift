import Ratings

/// A compressed copy of a model's items that tells, for any user, which few items can be among his
/// best: all others are ruled out by a bound that holds whatever the rounding, so that scoring those
/// few by the model gives the exact answer.
///
/// Each item's factors are 8-bit codes with one scale; the codes stand for q' = scale * codes. For a
/// user's factors p, by the Cauchy-Schwarz inequality,
///
///     |p . q - p . q'| <= |p| |q - q'|
///
/// and the length of q - q', about half a hundredth of q's, is kept. Items lie in the order of
/// their length, longest first, in blocks of 64; a block is skipped whole when even its greatest
/// bias plus |p| times its greatest length falls short (Teflioudi, Gemulla, Mykytiuk, "LEMP: Fast
/// Retrieval of Large Entries in a Matrix Product", 2015, prune by the same bound).
///
/// Memory: factors + 16 bytes an item. Layout: per block, for each factor, the codes of the block's
/// 64 items side by side, so that one load serves 8 items and no sum runs across lanes.
struct ItemScreen: Sendable {
  /// Items in a block.
  static let blockSize = 64

  /// What it is a copy of.
  let model: FactorModel
  let factorCount: Int
  let itemCount: Int
  /// blocks x factors x 64.
  let codes: [Int8]
  /// One a place, in the order of the blocks, the last block filled up with places that no item has.
  let scales: [Float]
  let biases: [Float]
  /// How far, for a user whose factors have length 1, the screen's product may be from the model's.
  let slacks: [Float]
  /// The item at each place.
  let rows: [UInt32]
  /// One a block: the greatest bias, and the greatest length with its margin.
  let blockBiases: [Float]
  let blockLengths: [Float]
  /// The greatest absolute bias.
  let biasLimit: Float

  /// The number of blocks.
  var blockCount: Int { blockBiases.count }

  /// Compresses the items of `model`: O(items x factors). Nil when a factor or bias is not finite
  /// or so large that products could overflow.
  init?(of model: FactorModel) {
    let factorCount = model.factorCount
    let itemCount = model.itemCount
    let placed = model.withItemFactors { factors in
      lengthOrder(factors, factorCount: factorCount, itemCount: itemCount)
    }
    guard let placed else { return nil }
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
      let bias = model.itemBias(ItemIndex(item.row))
      guard abs(bias) < RoundingMargins.largest else { return nil }
      let compressed = model.withItemFactors(ItemIndex(item.row)) { factors in
        compress(factors) { codes[start + $0 * Self.blockSize] = $1 }
      }
      scales[place] = compressed.scale
      biases[place] = bias
      slacks[place] = margins.slack(length: item.length, residual: compressed.residual)
      blockBiases[block] = max(blockBiases[block], bias)
      blockLengths[block] = max(blockLengths[block], margins.reach(length: item.length))
      biasLimit = max(biasLimit, abs(bias))
    }
    self.model = model
    self.factorCount = factorCount
    self.itemCount = itemCount
    self.codes = codes
    self.scales = scales
    self.biases = biases
    self.slacks = slacks
    rows = placed.map(\.row)
    self.blockBiases = blockBiases
    self.blockLengths = blockLengths
    self.biasLimit = biasLimit
  }
}

/// The items by the length of their factors, longest first; nil when a length is not finite or too
/// large.
private func lengthOrder(
  _ factors: UnsafeBufferPointer<Float>, factorCount: Int, itemCount: Int
) -> [(row: UInt32, length: Double)]? {
  var order: [(row: UInt32, length: Double)] = []
  order.reserveCapacity(itemCount)
  for row in 0..<itemCount {
    let own = UnsafeBufferPointer(rebasing: factors[row * factorCount..<(row + 1) * factorCount])
    let length = euclideanLength(own)
    guard length < Double(RoundingMargins.largest) else { return nil }
    order.append((UInt32(row), length))
  }
  order.sort { $0.length != $1.length ? $0.length > $1.length : $0.row < $1.row }
  return order
}

/// The square root of the sum of the squares, in double precision.
func euclideanLength(_ factors: UnsafeBufferPointer<Float>) -> Double {
  var sum = 0.0
  for factor in factors { sum += Double(factor) * Double(factor) }
  return sum.squareRoot()
}

/// Hands the 8-bit code of each factor to `store`, and answers what a code is worth and the length
/// of what the codes lose.
private func compress(
  _ factors: UnsafeBufferPointer<Float>, _ store: (Int, Int8) -> Void
) -> (scale: Float, residual: Double) {
  var largest: Float = 0
  for factor in factors { largest = max(largest, abs(factor)) }
  // Factors too small to divide by are left at 0; the residual is then the whole length.
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
