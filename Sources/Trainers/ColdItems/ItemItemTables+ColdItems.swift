import Errors
import Learning
package import Recommenders
import TensorCore

/// Computes the weights of cold items from their content.
///
/// Ridge regression from content (``ContentRegression``) predicts who would rate an item, as a combination of the
/// raters of other items: `x(c) = sum over i of a(i) X(*, i)`. The weights that reproduce x(c) from users' items follow
/// as for any item. Since the item is not one of these, its own weight need not be constrained to 0 (EASE, Steck,
/// "Embarrassingly Shallow Autoencoders for Sparse Data", 2019, eq. 4). With P = (XᵀX + Lambda)⁻¹
///
///     w(*, c) = P Xᵀ x(c) = sum over i of a(i) (e(i) - Lambda(i) P(*, i))
///             = sum over i of a(i) ((1 - Lambda(i) P(i, i)) e(i) + Lambda(i) P(i, i) B(*, i))
///
/// A later rating of such an item contributes to other items like a(i) ratings of each i, and to each i itself as
/// above. The largest weights are kept, as many per item as other items have on average.
extension ItemItemTables: ColdItemTables {
  func adding(
    _ rows: ColdRows, in context: ComputeContext
  ) throws(TrainingError) -> (tables: any ModelTables, explained: Double) {
    guard let precisions, let ridges else { throw .withoutColdItems("graph-filter") }
    let raters = SampledRaters(self)
    let observations = rows.observations(targetCount: raters.userCount) { _ in
      1
    } writeTargets: {
      for user in raters.users(of: $0) { $1[user] = 1 }
    }
    guard let regression = ContentRegression(observations, in: context) else {
      throw TrainingError(
        .diverged, "the items' content has a non-finite number", place: "cold items",
        remedy: "Check the content, and train again.")
    }
    let own = zip(ridges, precisions).map { 1 - $0 * $1 }
    let weights = ColdWeights(
      rows, regression, limit: max(1, self.weights.count / max(1, itemCount)))
    let incoming = SparseRows(
      offsets: offsets.map { Int($0) }, columns: targets, values: self.weights)
    let toCold = weights.largest(in: context) { item, add in
      add(item, own[item])
      incoming.forEach(in: item) { other, weight in add(other, (1 - own[other]) * weight) }
    }
    let outgoing = incoming.transposed(columnCount: itemCount)
    let fromCold = weights.largest(in: context) { item, add in
      add(item, own[item])
      outgoing.forEach(in: item) { other, weight in add(other, weight) }
    }
    let mean = precisions.reduce(0, +) / Float(max(1, precisions.count))
    let tables = merged(
      rows, toCold: toCold, fromCold: fromCold,
      precisions: rows.merged(precisions, rows.coldRows.map { _ in mean }, zero: 0))
    return (tables, regression.explained)
  }

  /// Returns the tables with the weights to and from cold items, which are indexed by rows of the trained model.
  private func merged(
    _ rows: ColdRows, toCold: [[ColdWeights.Weight]], fromCold: [[ColdWeights.Weight]],
    precisions: [Float]
  ) -> ItemItemTables {
    // The weights from each item of the model to cold items, ascending.
    var added = [[(target: UInt32, weight: Float)]](repeating: [], count: itemCount)
    for (row, list) in zip(rows.coldRows, toCold) {
      for weight in list { added[weight.item].append((UInt32(row), weight.value)) }
    }
    var lists = [[(target: UInt32, weight: Float)]](repeating: [], count: rows.count)
    for item in 0..<itemCount {
      let own = (Int(offsets[item])..<Int(offsets[item + 1])).map {
        (target: UInt32(rows.learnedRows[Int(targets[$0])]), weight: weights[$0])
      }
      lists[rows.learnedRows[item]] = (own + added[item]).sorted { $0.target < $1.target }
    }
    for (row, list) in zip(rows.coldRows, fromCold) {
      lists[row] = list.map { (UInt32(rows.learnedRows[$0.item]), $0.value) }
        .sorted { $0.target < $1.target }
    }
    var offsets: [UInt64] = [0]
    for list in lists { offsets.append(offsets[offsets.count - 1] + UInt64(list.count)) }
    return ItemItemTables(
      offsets: offsets, targets: lists.flatMap { $0.map(\.target) },
      weights: lists.flatMap { $0.map(\.weight) }, precisions: precisions, loss: loss,
      inputOffsets: inputOffsets, inputs: inputs.map { UInt32(rows.learnedRows[Int($0)]) })
  }
}

/// A sample of the users, indexed by the items that they have rated.
private struct SampledRaters: Sendable {
  /// The maximum number of users.
  static let limit = 256

  let userCount: Int
  private let lists: [[Int]]

  init(_ tables: ItemItemTables) {
    let step = max(1, (tables.userCount + Self.limit - 1) / Self.limit)
    let users = Array(stride(from: 0, to: tables.userCount, by: step))
    var lists = [[Int]](repeating: [], count: tables.itemCount)
    for (number, user) in users.enumerated() {
      for item in tables.inputs[tables.inputOffsets[user]..<tables.inputOffsets[user + 1]] {
        lists[Int(item)].append(number)
      }
    }
    userCount = users.count
    self.lists = lists
  }

  func users(of item: Int) -> [Int] { lists[item] }
}

/// A sparse matrix in row-major order (CSR).
private struct SparseRows: Sendable {
  let offsets: [Int]
  let columns: [UInt32]
  let values: [Float]

  @inline(__always)
  func forEach(in row: Int, _ body: (Int, Float) -> Void) {
    for position in offsets[row]..<offsets[row + 1] {
      body(Int(columns[position]), values[position])
    }
  }

  func transposed(columnCount: Int) -> SparseRows {
    var offsets = [Int](repeating: 0, count: columnCount + 1)
    for column in columns { offsets[Int(column) + 1] += 1 }
    for column in 0..<columnCount { offsets[column + 1] += offsets[column] }
    var places = offsets
    var rows = [UInt32](repeating: 0, count: columns.count)
    var numbers = [Float](repeating: 0, count: values.count)
    for row in 0..<self.offsets.count - 1 {
      forEach(in: row) { column, value in
        rows[places[column]] = UInt32(row)
        numbers[places[column]] = value
        places[column] += 1
      }
    }
    return SparseRows(offsets: offsets, columns: rows, values: numbers)
  }
}

/// Computes, for cold and other items, sums over rated items i of a(i), the predicted raters from content, times
/// another item's weight with i. The sums are linear in the content of the cold item, so products are accumulated once
/// for all cold items.
private struct ColdWeights {
  struct Weight: Sendable {
    /// The row in the trained model.
    let item: Int
    let value: Float
  }

  /// The number of items whose coefficients one thread computes at a time, and the maximum number of values held for
  /// all at a time.
  private static let (chunkSize, numberLimit) = (64, 1 << 24)

  private let regression: ContentRegression
  private let limit: Int
  private let itemCount: Int
  /// The vectors (1, content minus its mean): of rated items by their row in the model, zeros for those without
  /// content; and of cold items.
  private let warm: [Double]
  private let cold: [[Double]]

  init(_ rows: ColdRows, _ regression: ContentRegression, limit: Int) {
    func deviations(_ content: Int) -> [Double] {
      [1] + zip(rows.content.vector(at: content), regression.center).map { Double($0 - $1) }
    }
    self.regression = regression
    self.limit = limit
    itemCount = rows.learnedRows.count
    let length = regression.width + 1
    var warm = [Double](repeating: 0, count: itemCount * length)
    for item in rows.warm {
      warm.replaceSubrange(
        item.row * length..<(item.row + 1) * length, with: deviations(item.content))
    }
    self.warm = warm
    cold = rows.coldContent.map(deviations)
  }

  /// Returns the largest sums for each cold item. `terms` reports the items i of another item with their weights.
  func largest(
    in context: ComputeContext,
    _ terms: @escaping @Sendable (_ item: Int, _ add: (_ i: Int, _ weight: Float) -> Void) -> Void
  ) -> [[Weight]] {
    let length = regression.width + 1
    var best = [[Weight]](repeating: [], count: cold.count)
    let groupSize = max(Self.chunkSize, min(4096, Self.numberLimit / max(1, cold.count)))
    for start in stride(from: 0, to: itemCount, by: groupSize) {
      let group = start..<min(start + groupSize, itemCount)
      let coefficients = context.mapChunks(of: group.count, size: Self.chunkSize) { chunk in
        var mixed = [Double](repeating: 0, count: chunk.count * length)
        for (number, place) in chunk.enumerated() {
          terms(start + place) { item, weight in
            let (scale, from, to) = (Double(weight), item * length, number * length)
            for column in 0..<length { mixed[to + column] += scale * warm[from + column] }
          }
        }
        return regression.coefficients(ofProducts: mixed)
      }.flatMap(\.self)
      let kept = best
      best = context.mapChunks(of: cold.count, size: 8) { chunk in
        chunk.map { number in
          let own = cold[number]
          var weights = kept[number]
          for place in 0..<group.count {
            var sum = 0.0
            for column in 0..<length { sum += own[column] * coefficients[place * length + column] }
            if sum != 0 { weights.append(Weight(item: start + place, value: Float(sum))) }
          }
          guard weights.count > limit else { return weights }
          weights.sort { (abs($1.value), $0.item) < (abs($0.value), $1.item) }
          return Array(weights.prefix(limit))
        }
      }.flatMap(\.self)
    }
    return best
  }
}
