import BitCollections
import Errors
import Ratings

/// An index of the attributes of a model's items for conditions: sorted values by name, with numbers sorted
/// numerically.
///
/// Built once per model: O(attributes x log attributes) time and 4 bytes per attribute, where an attribute is a
/// distinct name-value pair.
struct AttributeIndex: Sendable {
  /// The values of one attribute name.
  private struct Attribute: Sendable {
    /// The name as in the file; one of the spellings if several differ only in case.
    let name: String
    /// A value that is not a number; nil if all are numbers.
    let text: String?
    /// The positions of its values in the table, sorted by number or by case-insensitive text.
    let order: [UInt32]
  }

  private let table: AttributeTable?
  private let itemCount: Int
  /// The attributes by case-folded name.
  private let attributes: [String: Attribute]

  /// Creates an index of the attributes in `table`, which has `itemCount` items. Empty if `table` is nil.
  init(_ table: AttributeTable?, itemCount: Int) {
    self.table = table
    self.itemCount = itemCount
    var values: [String: (name: String, values: [(value: String, position: UInt32)])] = [:]
    for position in 0..<(table?.count ?? 0) {
      guard let attribute = table?[position] else { continue }
      values[ItemCondition.folded(attribute.name), default: (attribute.name, [])].values
        .append((attribute.value, UInt32(position)))
    }
    attributes = values.mapValues { name, values in
      let numbers = values.compactMap { Double(decimal: $0.value) }
      let isNumber = numbers.count == values.count
      return Attribute(
        name: name,
        text: isNumber ? nil : values.first { Double(decimal: $0.value) == nil }?.value,
        order: isNumber
          ? Self.order(values, by: numbers)
          : Self.order(values, by: values.map { ItemCondition.folded($0.value) }))
    }
  }

  private static func order<Key: Comparable>(
    _ values: [(value: String, position: UInt32)], by keys: [Key]
  ) -> [UInt32] {
    values.indices.sorted { keys[$0] < keys[$1] }.map { values[$0].position }
  }

  /// Returns the rows of the items that satisfy `condition`. Throws ``RecommendingErrorCode/badCondition``, with the
  /// position in the condition, if no item has an attribute of that name, or if numbers are compared with texts.
  /// O(items + matching values) per comparison.
  func items(where condition: ItemCondition) throws(RecommendingError) -> BitSet {
    try items(condition.node, of: condition.text)
  }

  private func items(
    _ node: ItemCondition.Node, of text: String
  ) throws(RecommendingError) -> BitSet {
    switch node {
    case .all(let nodes):
      var found = try items(nodes[0], of: text)
      for node in nodes.dropFirst() { found.formIntersection(try items(node, of: text)) }
      return found
    case .any(let nodes):
      var found = try items(nodes[0], of: text)
      for node in nodes.dropFirst() { found.formUnion(try items(node, of: text)) }
      return found
    case .not(let node): return BitSet(0..<itemCount).subtracting(try items(node, of: text))
    case .test(let name, .unequal, let values):
      return BitSet(0..<itemCount).subtracting(try items(name, .equal, values, of: text))
    case .test(let name, let comparison, let values):
      return try items(name, comparison, values, of: text)
    }
  }

  private func items(
    _ name: ItemCondition.Term, _ comparison: ItemCondition.Comparison,
    _ values: [ItemCondition.Term], of text: String
  ) throws(RecommendingError) -> BitSet {
    guard let attribute = attributes[ItemCondition.folded(name.text)], let table else {
      throw unknown(name, of: text)
    }
    var found = BitSet(reservingCapacity: itemCount)
    for value in values {
      let range = try range(of: value, comparison, in: attribute, table, of: text)
      for place in range { table.addItems(at: Int(attribute.order[place]), to: &found) }
    }
    return found
  }

  /// Returns the range of the attribute's values that satisfy the comparison with `value`.
  private func range(
    of value: ItemCondition.Term, _ comparison: ItemCondition.Comparison,
    in attribute: Attribute, _ table: AttributeTable, of text: String
  ) throws(RecommendingError) -> Range<Int> {
    let number = Double(decimal: value.text)
    guard let found = attribute.text else {
      guard let number else {
        throw ItemCondition.error(
          "'\(Excerpt.of(value.text))' is not a number, but \(attribute.name) is numeric",
          at: value.position, of: text, remedy: "Compare it with a number.")
      }
      return attribute.order.places(of: number, comparison) {
        Double(decimal: table[Int($0)].value) ?? .nan
      }
    }
    guard comparison == .equal || value.isQuoted || number == nil else {
      throw ItemCondition.error(
        "\(attribute.name) is text, since '\(Excerpt.of(found))' is not a number",
        at: value.position, of: text,
        remedy: "Write '\(Excerpt.of(value.text))' in quotes to compare it as text.")
    }
    return attribute.order.places(of: ItemCondition.folded(value.text), comparison) {
      ItemCondition.folded(table[Int($0)].value)
    }
  }

  /// Returns the text values in `condition` that no item has, each once and in the order of the condition. O(values of
  /// their attributes).
  func unknownValues(of condition: ItemCondition) -> [UnknownValue] {
    var found: [UnknownValue] = []
    func look(_ node: ItemCondition.Node) {
      switch node {
      case .all(let nodes), .any(let nodes): for node in nodes { look(node) }
      case .not(let node): look(node)
      case .test(let name, let comparison, let values):
        guard let table, let attribute = attributes[ItemCondition.folded(name.text)],
          attribute.text != nil, [.equal, .unequal].contains(comparison)
        else { return }
        for value in values {
          let range = try? range(of: value, .equal, in: attribute, table, of: condition.text)
          guard let range, range.isEmpty else { continue }
          let nearest = NearestText.nearest(
            to: value.text, among: attribute.order.lazy.map { table[Int($0)].value })
          let unknown = UnknownValue(
            attribute: attribute.name, value: value.text, nearest: nearest)
          if !found.contains(unknown) { found.append(unknown) }
        }
      }
    }
    look(condition.node)
    return found
  }

  private func unknown(_ name: ItemCondition.Term, of text: String) -> RecommendingError {
    let names = attributes.sorted { $0.key < $1.key }.map(\.value.name)
    let nearest = NearestText.nearest(to: name.text, among: names)
    let shown = names.prefix(20).map { Excerpt.of($0) }.joined(separator: ", ")
    return ItemCondition.error(
      "no item has an attribute '\(Excerpt.of(name.text))'", at: name.position, of: text,
      remedy: names.isEmpty
        ? "The items of this model have no attributes: import some, and train again."
        : (nearest.map { "Did you mean \(Excerpt.of($0))? " } ?? "")
          + "There are \(shown)\(names.count > 20 ? " and \(names.count - 20) more" : "").")
  }
}

/// A text value in a condition that no item has.
package struct UnknownValue: Sendable, Equatable {
  /// The name of the attribute.
  package let attribute: String
  package let value: String
  /// The existing value closest in spelling; nil if none is close.
  package let nearest: String?
}

extension [UInt32] {
  /// Returns the range of elements whose keys satisfy the comparison with `key`. Elements must be sorted by `keyOf`.
  /// O(log count).
  fileprivate func places<Key: Comparable>(
    of key: Key, _ comparison: ItemCondition.Comparison, by keyOf: (UInt32) -> Key
  ) -> Range<Int> {
    func first(where isBehind: (Key) -> Bool) -> Int {
      var (low, high) = (0, count)
      while low < high {
        let middle = (low + high) / 2
        if isBehind(keyOf(self[middle])) { high = middle } else { low = middle + 1 }
      }
      return low
    }
    return switch comparison {
    case .equal, .unequal: first { $0 >= key }..<first { $0 > key }
    case .less: 0..<first { $0 >= key }
    case .atMost: 0..<first { $0 > key }
    case .greater: first { $0 > key }..<count
    case .atLeast: first { $0 >= key }..<count
    }
  }
}
