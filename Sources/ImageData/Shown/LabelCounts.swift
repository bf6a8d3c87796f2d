/// The frequencies of labels, in words.
package struct LabelCounts: Sendable {
  /// For example `10 classes: t-shirt 1011, pants 692`, most frequent first.
  package let words: String

  /// Counts the labels of all items.
  package init(_ targets: ImageTargets) {
    switch targets {
    case .none: words = "none"
    case .classes(let names, let classes):
      words =
        "\(names.count) \(names.count == 1 ? "class" : "classes"): " + Self.counts(names, classes)
    case .labels(let names, let sets):
      let none = sets.count { $0.labels.isEmpty }
      words =
        "\(names.count) \(names.count == 1 ? "label" : "labels"): "
        + Self.counts(names, sets.flatMap(\.labels))
        + (none == 0 ? "" : ", unlabelled \(none)")
    case .numbers(let names, _): words = "numbers: " + names.joined(separator: ", ")
    case .points(let count, _): words = "\(count) \(count == 1 ? "point" : "points")"
    }
  }

  private static func counts(_ names: [String], _ labels: [Int]) -> String {
    var counts = [Int](repeating: 0, count: names.count)
    for label in labels { counts[label] += 1 }
    let order = names.indices.sorted { (-counts[$0], $0) < (-counts[$1], $1) }
    return order.prefix(limit).map { "\(names[$0]) \(counts[$0])" }.joined(separator: ", ")
      + (names.count > limit ? ", ..." : "")
  }

  private static let limit = 20
}
