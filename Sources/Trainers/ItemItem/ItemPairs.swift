import Interactions
import Recommenders
import TensorCore

/// The matrix of all item pairs, from which the weights of an `item-item` model are computed.
///
/// `@unchecked Sendable`: each row of the matrix is written by one thread, and each round ends before the next begins.
final class ItemPairs: @unchecked Sendable {
  /// The maximum number of users whose lists are compared.
  private static let comparedUsers = 500
  /// The number of low bits of a weight that are ignored when weights are binned for the threshold.
  private static let classShift = 12

  private let table: InteractionTable
  private let users: RatingLists
  private let items: RatingLists
  private let context: ComputeContext
  private let matrix: SymmetricInverse
  private var order: Int { matrix.order }

  init(_ table: InteractionTable, in context: ComputeContext) {
    self.table = table
    self.context = context
    users = RatingLists(ofUsers: table)
    items = RatingLists(ofItems: table)
    matrix = SymmetricInverse(order: table.itemCount)
  }

  /// Fills the matrix with P, the inverse. Returns false if it cannot be inverted, or once `isCancelled`, which any
  /// thread may call from time to time, returns true.
  func invert(
    regularization: Double, dropout: Double, isCancelled: @escaping @Sendable () -> Bool
  ) -> Bool {
    let (userCount, order) = (users.rowCount, order)
    let ridges = ridges(regularization: regularization, dropout: dropout)
    // With fewer users than items, adding their rows is less work than computing the items' products.
    if userCount < order {
      for item in 0..<order { matrix.withRow(item) { $0[item] = ridges[item] } }
      let rows = UnsafeMutableBufferPointer<Float>.allocate(capacity: userCount * order)
      defer { rows.deallocate() }
      rows.initialize(repeating: 0)
      for user in 0..<userCount {
        for position in users.positions(of: user) {
          rows[user * order + Int(users.others[position])] = 1
        }
      }
      return matrix.invertDiagonal(
        plus: rows, count: userCount, in: context, isCancelled: isCancelled)
    }
    context.forEachItem(of: order) { [users, items, matrix] item in
      if isCancelled() { return }
      matrix.withRow(item) { row in
        for user in items.others[items.positions(of: item)] {
          for position in users.positions(of: Int(user)) {
            let other = Int(users.others[position])
            // Ascending, and only the lower triangle is needed.
            if other > item { break }
            row[other] += 1
          }
        }
        row[item] += ridges[item]
      }
    }
    return matrix.invert(in: context, isCancelled: isCancelled)
  }

  /// Returns the amount added to each item's number of ratings.
  func ridges(regularization: Double, dropout: Double) -> [Float] {
    let share = dropout / (1 - dropout)
    return (0..<order).map {
      Float(regularization + share * Double(items.positions(of: $0).count))
    }
  }

  /// Returns the kept weights of those given by the inverse, and statistics of the effect of dropping the others.
  func tables(weightsPerItem: Int, ridges: [Float]) -> ItemItemTables {
    let order = order
    let precisions = (0..<order).map { item in matrix.withRow(item) { $0[item] } }
    // From P to B, row by row.
    context.forEachItem(of: order) { [matrix] item in
      matrix.withRow(item) { row in
        for other in 0..<order { row[other] = -row[other] / precisions[other] }
        row[item] = 0
      }
    }
    let (limit, overflow) = weightsPerItem.multipliedReportingOverflow(by: order)
    let threshold = threshold(keeping: overflow ? .max : limit)
    let kept = context.mapChunks(of: order, size: 64) { [matrix] rows in
      rows.map { item in
        matrix.withRow(item) { row in
          let targets = (0..<order).filter { row[$0] != 0 && abs(row[$0]) >= threshold }
          return (targets: targets.map { UInt32($0) }, weights: targets.map { row[$0] })
        }
      }
    }.flatMap(\.self)
    var offsets: [UInt64] = [0]
    offsets.reserveCapacity(order + 1)
    for row in kept { offsets.append((offsets.last ?? 0) + UInt64(row.targets.count)) }
    let lists = shareOfLists(keeping: threshold)
    let pairCount = Double(order) * Double(max(order - 1, 1))
    return ItemItemTables(
      offsets: offsets, targets: kept.flatMap(\.targets), weights: kept.flatMap(\.weights),
      precisions: precisions,
      loss: ItemItemLoss(
        share: Float(min(1, Double(offsets.last ?? 0) / pairCount)), lists: lists),
      inputOffsets: table.userOffsets, inputs: table.items, ridges: ridges)
  }

  /// Returns the magnitude that at most `limit` weights reach; 0 if all may be kept. Magnitudes are binned by their
  /// upper bits, into bins fine enough for a precision of a thousandth.
  private func threshold(keeping limit: Int) -> Float {
    let order = order
    guard limit < order * (order - 1) else { return 0 }
    let classCount = 1 << (31 - Self.classShift)
    let counts = context.mapChunks(of: order, size: max(64, (order + 15) / 16)) { [matrix] rows in
      var counts = [Int](repeating: 0, count: classCount)
      for item in rows {
        matrix.withRow(item) { row in
          for weight in row { counts[Int(abs(weight).bitPattern >> Self.classShift)] += 1 }
        }
      }
      return counts
    }
    var (left, lowest) = (limit, classCount)
    while lowest > 1 {
      let count = counts.reduce(0) { $0 + $1[lowest - 1] }
      if count > left { break }
      left -= count
      lowest -= 1
    }
    return lowest == classCount
      ? .infinity : Float(bitPattern: UInt32(lowest) << Self.classShift)
  }

  /// Returns the fraction of items in some users' lists by all weights that are also in their lists by the kept ones.
  private func shareOfLists(keeping threshold: Float) -> Float {
    let userCount = users.rowCount
    let step = max(1, userCount / Self.comparedUsers)
    let compared = min(Self.comparedUsers, (userCount + step - 1) / step)
    return KeptLists.share(of: (0..<compared).map { $0 * step }, with: users, in: context) {
      [matrix, order] own in
      var all = [Float](repeating: 0, count: order)
      var kept = all
      for item in own {
        matrix.withRow(item) { row in
          for other in row.indices {
            all[other] += row[other]
            if abs(row[other]) >= threshold { kept[other] += row[other] }
          }
        }
      }
      return (all, kept)
    }
  }
}

extension ComputeContext {
  /// Calls `body` with each of `0 ..< count`, in parallel.
  fileprivate func forEachItem(of count: Int, _ body: @Sendable (Int) -> Void) {
    _ = mapChunks(of: count, size: 16) { chunk in for item in chunk { body(item) } }
  }
}
