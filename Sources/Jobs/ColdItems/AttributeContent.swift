import Errors
import Ratings
import Trainers

/// Feature vectors from items' attributes, such as genres and years.
///
/// A value that at least ``leastItems`` rated items share is a binary feature; the ``valueLimit`` most
/// frequent ones are used. An attribute with only numeric values, at least ``leastNumbers`` of them distinct,
/// is encoded as a linear spline instead, whose up to ``knotCount`` knots are quantiles. A value between two
/// knots counts for both, the more the nearer it is, so that predictions may rise and fall with the
/// attribute.
package struct AttributeContent: ItemContentSource {
  /// The minimum number of rated items that share a value for it to be used.
  static let leastItems = 5
  /// The maximum number of values used.
  static let valueLimit = 512
  /// The number of quantiles of a numeric attribute, and the minimum number of distinct values for one.
  static let (knotCount, leastNumbers) = (7, 12)

  package init() {}

  package var name: String { "attributes" }

  package func content(of store: StoredItems) throws -> SourcedContent {
    let known = store.items.values.filter { !$0.attributes.isEmpty }.sorted { $0.id < $1.id }
    let scheme = AttributeScheme(known.filter { store.rated.contains($0.id) })
    guard scheme.width > 0 else {
      throw JobError(
        .badContent,
        "no attribute has a value that \(Self.leastItems) rated items share", place: store.name,
        remedy: "Import the items with their attributes.")
    }
    var content = ItemContent(width: scheme.width)
    for item in known { _ = content.add(item.id, scheme.vector(of: item)) }
    return SourcedContent(content)
  }
}

/// The encoding of attributes as features, derived from rated items.
private struct AttributeScheme {
  /// The index of each value's feature.
  private var places: [ItemAttribute: Int] = [:]
  /// The knots of numeric attributes, with the index of their first feature.
  private var splines: [(name: String, place: Int, knots: [Float])] = []
  private(set) var width = 0

  init(_ items: [Item]) {
    var counts: [ItemAttribute: Int] = [:]
    for item in items {
      for attribute in Set(item.attributes) { counts[attribute, default: 0] += 1 }
    }
    let names = Set(counts.keys.map(\.name)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    for name in names {
      let values = counts.filter { $0.key.name == name }
      guard let knots = Self.knots(values) else { continue }
      splines.append((name, width, knots))
      width += knots.count
    }
    let ofNumbers = Set(splines.map(\.name))
    let frequent = counts.filter {
      $0.value >= AttributeContent.leastItems && !ofNumbers.contains($0.key.name)
    }.sorted {
      $0.value != $1.value
        ? $0.value > $1.value
        : "\($0.key)".utf8.lexicographicallyPrecedes("\($1.key)".utf8)
    }
    for (attribute, _) in frequent.prefix(AttributeContent.valueLimit) {
      places[attribute] = width
      width += 1
    }
  }

  /// Returns the knots of a numeric attribute; nil if it is not numeric.
  private static func knots(_ values: [ItemAttribute: Int]) -> [Float]? {
    guard values.count >= AttributeContent.leastNumbers else { return nil }
    var numbers: [Float] = []
    for (attribute, count) in values {
      guard let number = Float(attribute.value), number.isFinite else { return nil }
      numbers += Array(repeating: number, count: count)
    }
    numbers.sort()
    var knots: [Float] = []
    for step in 0..<AttributeContent.knotCount {
      let knot = numbers[step * (numbers.count - 1) / (AttributeContent.knotCount - 1)]
      if knot != knots.last { knots.append(knot) }
    }
    return knots.count > 1 ? knots : nil
  }

  func vector(of item: Item) -> [Float] {
    var vector = [Float](repeating: 0, count: width)
    for attribute in item.attributes {
      if let place = places[attribute] { vector[place] = 1 }
    }
    for (name, place, knots) in splines {
      let numbers = item.attributes.filter { $0.name == name }.compactMap { Float($0.value) }
        .filter(\.isFinite)
      for number in numbers {
        let share = 1 / Float(numbers.count)
        let next = knots.firstIndex { $0 >= number } ?? knots.count - 1
        guard next > 0, number <= knots[next] else {
          vector[place + next] += share
          continue
        }
        let part = (number - knots[next - 1]) / (knots[next] - knots[next - 1])
        vector[place + next] += share * part
        vector[place + next - 1] += share * (1 - part)
      }
    }
    return vector
  }
}
