import Interactions
import Recommenders
import TensorCore

/// The filter of a `graph-filter` model, from which the weights between items are computed row by row.
struct GraphFilter: Sendable {
  /// The maximum number of users whose lists are compared.
  private static let comparedUsers = 200
  /// The number of items whose weights are computed between two checks.
  private static let blockSize = 1024

  private let table: InteractionTable
  private let users: RatingLists
  private let items: RatingLists
  private let context: ComputeContext
  /// 1 / sqrt(ratings) of each user and item.
  private let userScales: [Float]
  private let itemScales: [Float]
  /// V, one row per item.
  private let vectors: FactorMatrix
  private let lowPass: Float

  /// Computes the filter. Nil if a number is not finite. Throws the errors of `check`.
  init?<Failure: Error>(
    _ table: InteractionTable, components: Int, lowPass: Float, seed: UInt64,
    in context: ComputeContext, check: () throws(Failure) -> Void
  ) throws(Failure) {
    self.table = table
    self.context = context
    self.lowPass = lowPass
    (users, items) = (RatingLists(ofUsers: table), RatingLists(ofItems: table))
    (userScales, itemScales) = (users.inverseRoots(), items.inverseRoots())
    guard
      let svd = try RandomizedSVD(
        users: users, items: items, userScales: userScales, itemScales: itemScales,
        streams: table.itemIdentifiers.hashes(seed: seed), rank: components, seed: seed,
        in: context, check: check)
    else { return nil }
    let rank = svd.values.count
    vectors = FactorMatrix(rows: table.itemCount, factors: rank)
    for item in 0..<table.itemCount {
      vectors.numbers(of: item).update(
        from: Array(svd.right[item * rank..<(item + 1) * rank]), count: rank)
    }
  }

  /// Returns the largest weights from each item, and statistics of the effect of dropping the others. Throws the errors
  /// of `check`, which is called about every thousand items.
  func tables<Failure: Error>(
    weightsPerItem: Int, check: () throws(Failure) -> Void
  ) throws(Failure) -> ItemItemTables {
    let count = items.rowCount
    var offsets: [UInt64] = [0]
    var (targets, weights) = ([UInt32](), [Float]())
    offsets.reserveCapacity(count + 1)
    for start in stride(from: 0, to: count, by: Self.blockSize) {
      try check()
      let rows = context.mapChunks(of: min(Self.blockSize, count - start), size: 16) { chunk in
        let row = ScratchMemory<Float>(count, zero: 0)
        let sizes = ScratchMemory<Float>(count, zero: 0)
        return chunk.map { place in
          write(weightsOf: start + place, to: row.base)
          return Self.largest(weightsPerItem, of: row.elements, count: count, sizes.elements)
        }
      }.flatMap(\.self)
      for row in rows {
        targets += row.targets
        weights += row.weights
        offsets.append(UInt64(targets.count))
      }
    }
    try check()
    let lists = shareOfLists(offsets, targets, weights)
    let pairs = Double(count) * Double(max(count - 1, 1))
    return ItemItemTables(
      offsets: offsets, targets: targets, weights: weights, precisions: nil,
      loss: ItemItemLoss(share: Float(min(1, Double(targets.count) / pairs)), lists: lists),
      inputOffsets: table.userOffsets, inputs: table.items)
  }

  /// Writes the weights from an item to all others, and 0 to itself. O(the ratings of its users + items x components).
  private func write(weightsOf item: Int, to row: UnsafeMutablePointer<Float>) {
    let own = vectors.row(item)
    let (scale, share) = (itemScales[item], lowPass * itemScales[item])
    for other in 0..<items.rowCount {
      row[other] = share / itemScales[other] * vectors.product(other, own)
    }
    for user in items.others[items.positions(of: item)] {
      let weight = userScales[Int(user)] * userScales[Int(user)] * scale
      for position in users.positions(of: Int(user)) {
        let other = Int(users.others[position])
        row[other] += weight * itemScales[other]
      }
    }
    row[item] = 0
  }

  /// Returns the `limit` elements of a row with the largest magnitudes, excluding zeros; ties go to the first. `sizes`
  /// is scratch memory for `count` numbers.
  private static func largest(
    _ limit: Int, of row: UnsafeMutableBufferPointer<Float>, count: Int,
    _ sizes: UnsafeMutableBufferPointer<Float>
  ) -> (targets: [UInt32], weights: [Float]) {
    var least: Float = 0
    var equals = 0
    if limit < count {
      for place in 0..<count { sizes[place] = abs(row[place]) }
      least = select(limit, of: sizes, count: count)
      equals = limit - (0..<count).count { abs(row[$0]) > least }
    }
    var (targets, weights) = ([UInt32](), [Float]())
    for place in 0..<count where row[place] != 0 && abs(row[place]) >= least {
      if limit < count, abs(row[place]) == least {
        guard equals > 0 else { continue }
        equals -= 1
      }
      targets.append(UInt32(place))
      weights.append(row[place])
    }
    return (targets, weights)
  }

  /// Returns the number at position `rank`, from 1, in descending order, by Hoare's quickselect, which reorders the
  /// numbers. O(count) on average.
  private static func select(
    _ rank: Int, of numbers: UnsafeMutableBufferPointer<Float>, count: Int
  ) -> Float {
    var (low, high, place) = (0, count - 1, rank - 1)
    while low < high {
      // Median of three, so that sorted input is not a worst case.
      let three = [numbers[low], numbers[(low + high) / 2], numbers[high]].sorted()
      let pivot = three[1]
      var (left, right) = (low, high)
      while left <= right {
        while numbers[left] > pivot { left += 1 }
        while numbers[right] < pivot { right -= 1 }
        if left <= right {
          numbers.swapAt(left, right)
          left += 1
          right -= 1
        }
      }
      if place <= right { high = right } else if place >= left { low = left } else { break }
    }
    place = min(max(place, 0), count - 1)
    return numbers[place]
  }

  /// Returns the fraction of items in some users' lists by all weights that are also in their lists by the kept ones.
  private func shareOfLists(
    _ offsets: [UInt64], _ targets: [UInt32], _ weights: [Float]
  ) -> Float {
    let userCount = users.rowCount
    let step = max(1, (userCount + Self.comparedUsers - 1) / Self.comparedUsers)
    return KeptLists.share(
      of: Array(stride(from: 0, to: userCount, by: step)), with: users, in: context
    ) { own in
      var kept = [Float](repeating: 0, count: items.rowCount)
      for item in own {
        for position in Int(offsets[item])..<Int(offsets[item + 1]) {
          kept[Int(targets[position])] += weights[position]
        }
      }
      return (scores(of: own), kept)
    }
  }

  /// Returns the scores of all items for a user with the given items, by all weights. Applies the filter to the whole
  /// signal rather than item by item. O(ratings + items x components).
  private func scores(of own: [Int]) -> [Float] {
    var signal = [Float](repeating: 0, count: users.rowCount)
    let sum = FactorMatrix(rows: 1, factors: vectors.factorCount)
    for item in own {
      for user in items.others[items.positions(of: item)] {
        signal[Int(user)] += userScales[Int(user)] * itemScales[item]
      }
      for vector in 0..<vectors.vectorCount {
        sum.row(0)[vector].addProduct(vectors.row(item)[vector], itemScales[item])
      }
    }
    return (0..<items.rowCount).map { item in
      var linear: Float = 0
      for user in items.others[items.positions(of: item)] {
        linear += signal[Int(user)] * userScales[Int(user)]
      }
      return linear * itemScales[item]
        + lowPass / itemScales[item] * vectors.product(item, UnsafePointer(sum.row(0)))
    }
  }
}
