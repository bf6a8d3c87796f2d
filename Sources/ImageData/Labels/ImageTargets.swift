/// The targets of images.
package enum ImageTargets: Equatable, Sendable {
  /// One class per image: the names, in byte order, and the position of each image's class among them.
  case classes(names: [String], of: [Int])
  /// Any number of labels per image, possibly none.
  case labels(names: [String], of: [LabelSet])
  /// Numbers: the columns' names, and the values, with the column varying fastest.
  case numbers(names: [String], values: [Float])
  /// Points: the number per image, and their positions in pixels of the upright file from the top left corner, with
  /// the point varying fastest.
  case points(count: Int, positions: [SIMD2<Float>])
  /// No targets: images to predict.
  case none

  /// The number of items; nil for ``none``.
  package var itemCount: Int? {
    switch self {
    case .classes(_, let classes): classes.count
    case .labels(_, let labels): labels.count
    case .numbers(let names, let values): values.count / max(1, names.count)
    case .points(let count, let positions): positions.count / max(1, count)
    case .none: nil
    }
  }

  /// Whether these are classes named like the parts of a split: such folders are a split, not classes.
  var areParts: Bool {
    if case .classes(let names, _) = self { PartNames.ofFolders.areParts(names) } else { false }
  }

  /// Returns the points of an item; empty for other targets.
  func points(_ item: Int) -> [SIMD2<Float>] {
    if case .points(let count, let positions) = self {
      Array(positions[item * count..<(item + 1) * count])
    } else {
      []
    }
  }

  /// Returns the target of an item in words.
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

/// The labels of an image, as ascending positions of names.
package struct LabelSet: Equatable, Sendable {
  /// Unique and ascending; may be empty.
  package let labels: [Int]

  package init(_ labels: some Sequence<Int>) { self.labels = Set(labels).sorted() }
}
