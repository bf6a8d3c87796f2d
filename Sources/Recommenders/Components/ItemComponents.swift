package import Ratings
import TensorCore

/// The directions in which the items of a model differ most, and the coordinates of items along them.
///
///     let components = ItemComponents(of: model, count: 2, minimumRatings: 20)
///     components?.ends(of: 0, count: 5)   // what the first component separates
///
/// For items with vectors these are the principal components (Pearson, "On lines and planes of closest fit to systems
/// of points in space", 1901). For items without, they are the axes of a correspondence analysis of who rated what
/// (Greenacre, "Theory and Applications of Correspondence Analysis", 1984, chapter 4).
package struct ItemComponents: Sendable {
  /// The data that the components are computed from.
  package enum Basis: String, Sendable {
    /// The item vectors that the model learned.
    case vectors
    /// The items that the same users rated.
    case coRatings = "co-ratings"
  }

  /// The coordinate of an item along a component.
  package struct Place: Sendable {
    package let item: ItemIndex
    /// In units of the vectors or, for co-ratings, in standard coordinates.
    package let value: Float
  }

  package let basis: Basis
  /// The items with coordinates, most rated first; ties by ascending row.
  package let items: [ItemIndex]
  /// The fraction of the total variance along each component, descending.
  package let shares: [Double]
  /// The coordinates, by component, then item.
  private let places: [Float]
  /// The maximum number of items for co-ratings, which are counted for all pairs of items.
  package static let coRatedLimit = 1500

  /// Computes the first `count` components of the items with at least `minimumRatings` ratings, using at most `most`
  /// of them. There are fewer components if items differ in fewer directions. Nil if there are fewer than three such
  /// items, if they do not differ, or if the vectors are not finite.
  ///
  /// O(items x length²) for vectors, O(sum of squares of the users' rated items) for co-ratings.
  package init?(
    of model: any ScoredModel, count: Int, minimumRatings: Int = 0, most: Int = .max
  ) {
    precondition(count > 0 && minimumRatings >= 0 && most >= 0)
    let hasVectors = model.itemsHaveVectors
    let rows = model.catalogue.withItemRatingCounts { counts in
      counts.indices.filter { counts[$0] >= minimumRatings }
        .sorted { (counts[$1], $0) < (counts[$0], $1) }
        .prefix(hasVectors ? most : min(most, Self.coRatedLimit)).map { ItemIndex($0) }
    }
    guard rows.count > 2 else { return nil }
    basis = hasVectors ? .vectors : .coRatings
    items = rows
    let found =
      hasVectors
      ? Self.principal(of: model, rows, count: count)
      : Self.correspondence(of: model.catalogue, rows, count: count)
    guard let (shares, places) = found, !shares.isEmpty else { return nil }
    self.shares = shares
    self.places = places
  }

  /// Returns the coordinate of the item at `position` of ``items`` along a component.
  package func place(of position: Int, along component: Int) -> Float {
    places[component * items.count + position]
  }

  /// Returns the `count` items at either end of a component, outermost first. No item is at both ends.
  package func ends(of component: Int, count: Int) -> (high: [Place], low: [Place]) {
    let order = items.indices.sorted {
      (place(of: $1, along: component), $0) < (place(of: $0, along: component), $1)
    }
    let count = min(count, items.count / 2)
    func places(_ positions: some Sequence<Int>) -> [Place] {
      positions.map { Place(item: items[$0], value: place(of: $0, along: component)) }
    }
    return (places(order.prefix(count)), places(order.suffix(count).reversed()))
  }

  private typealias Found = (shares: [Double], places: [Float])

  /// Returns the coordinates along the principal components of the items' vectors.
  private static func principal(
    of model: any ScoredModel, _ items: [ItemIndex], count: Int
  ) -> Found? {
    let length = model.itemVectorLength
    var rows = model.withItemVectors { vectors in
      items.flatMap { vectors[row: $0.position, length: length] }
    }
    guard rows.allSatisfy({ $0.isFinite }) else { return nil }
    for column in 0..<length {
      let places = stride(from: column, to: rows.count, by: length)
      let mean = Float(places.reduce(0.0) { $0 + Double(rows[$1]) } / Double(items.count))
      for place in places { rows[place] -= mean }
    }
    // Scaled so that squares of very large and very small numbers stay in range.
    let scale = rows.reduce(0) { max($0, abs($1)) }
    guard scale > 0, scale.isFinite else { return nil }
    for place in rows.indices { rows[place] /= scale }
    let gram = rows.withUnsafeBufferPointer {
      GramMatrix.of($0, length: length, in: ComputeContext(threadCount: 1))
    }
    guard let system = SymmetricEigensystem(of: gram, order: length, stride: length) else {
      return nil
    }
    let total = system.values.reduce(0.0) { $0 + max(0, Double($1)) }
    var found: Found = ([], [])
    for position in system.values.indices.reversed().prefix(count) {
      let share = Double(system.values[position]) / total
      guard share > 1e-6 else { break }
      let direction = system.vectors[position * length..<(position + 1) * length]
      let places = items.indices.map { item in
        zip(rows[item * length..<(item + 1) * length], direction).reduce(Float(0)) {
          $0 + $1.0 * $1.1
        }
      }
      found.shares.append(share)
      found.places += oriented(places).map { $0 * scale }
    }
    return found
  }

  /// Returns the coordinates along the axes of a correspondence analysis of users by items: the eigenvectors of
  /// `S'S`, where `S[u, i] = 1 / sqrt(n_u n_i)` if the user rated the item. The first eigenvector is left out, as it
  /// only reflects how often items were rated.
  private static func correspondence(
    of catalogue: ModelCatalogue, _ items: [ItemIndex], count: Int
  ) -> Found? {
    let size = items.count
    var positions = [Int32](repeating: -1, count: catalogue.itemCount)
    for (position, item) in items.enumerated() { positions[item.position] = Int32(position) }
    var products = [Float](repeating: 0, count: size * size)
    var counts = [Float](repeating: 0, count: size)
    for user in 0..<catalogue.userCount {
      let rated = catalogue.withRatedItems(by: UserIndex(user)) { rows in
        rows.compactMap { positions[Int($0)] < 0 ? nil : Int(positions[Int($0)]) }
      }
      let share = 1 / Float(max(1, rated.count))
      for first in rated {
        counts[first] += 1
        for second in rated { products[first * size + second] += share }
      }
    }
    for first in 0..<size {
      for second in 0..<size {
        products[first * size + second] /= max(1, (counts[first] * counts[second]).squareRoot())
      }
    }
    guard let system = SymmetricEigensystem(of: products, order: size, stride: size) else {
      return nil
    }
    let values = system.values.reversed().dropFirst().map { max(0, Double($0)) }
    let total = values.reduce(0, +)
    guard total > 0 else { return nil }
    var found: Found = ([], [])
    for (number, value) in values.prefix(count).enumerated() {
      guard value > 1e-5 else { break }
      let row = size - 2 - number
      let direction = system.vectors[row * size..<(row + 1) * size]
      let norm = counts.reduce(0, +).squareRoot()
      found.shares.append(value / total)
      found.places += oriented(
        zip(direction, counts).map { $0 * norm / max(1, $1).squareRoot() })
    }
    return found
  }

  /// Flips the sign of the coordinates if the first is below 0, as the sign of a component has no meaning.
  private static func oriented(_ places: [Float]) -> [Float] {
    places[0] < 0 ? places.map { -$0 } : places
  }
}
