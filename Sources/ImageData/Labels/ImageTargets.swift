/// What is to be learned of each image.
package enum ImageTargets: Equatable, Sendable {
  /// One class each: the names, in the order of their bytes, and each image's by its position there.
  case classes(names: [String], of: [Int])
  /// Any number of labels each, none among them.
  case labels(names: [String], of: [LabelSet])
  /// Numbers: the columns' names, and the values, a column fastest.
  case numbers(names: [String], values: [Float])
  /// Points: how many an image has, and where they are, in pixels of the file when it is upright, from the
  /// top left corner; a point fastest.
  case points(count: Int, positions: [SIMD2<Float>])
  /// Nothing: images to predict.
  case none

  /// How many items there are targets of; nil for ``none``.
  package var itemCount: Int? {
    switch self {
    case .classes(_, let classes): classes.count
    case .labels(_, let labels): labels.count
    case .numbers(let names, let values): values.count / max(1, names.count)
    case .points(let count, let positions): positions.count / max(1, count)
    case .none: nil
    }
  }

  /// Whether they are classes that are called as the parts of a split are: folders that hold those, and no classes.
  var areParts: Bool {
    if case .classes(let names, _) = self { PartNames.ofFolders.areParts(names) } else { false }
  }

  /// The points of an item; none of other targets.
  func points(_ item: Int) -> [SIMD2<Float>] {
    if case .points(let count, let positions) = self {
      Array(positions[item * count..<(item + 1) * count])
    } else {
      []
    }
  }

  /// What an item's target is, in words.
  package func words(_ item: Int) -> String {
    switch self {
    case .classes(let names, let classes): names[classes[item]]
    case .labels(let names, let sets):
      sets[item].labels.isEmpty
        ? "(none)" : sets[item].labels.map { names[$0] }.joined(separator: ", ")
    case .numbers(let names, let values):
      names.enumerated().map { "\($1) \(values[item * names.count + $0])" }.joined(separator: ", ")
    case .points(let count, let positions):
      positions[item * count..<(item + 1) * count].map { "(\($0.x), \($0.y))" }
        .joined(separator: " ")
    case .none: ""
    }
  }
}

/// The labels of an image: positions of names, in order.
package struct LabelSet: Equatable, Sendable {
  /// Each once, rising. None is an answer as well.
  package let labels: [Int]

  package init(_ labels: some Sequence<Int>) { self.labels = Set(labels).sorted() }
}
