import Errors

extension ImageDataSet {
  /// All items in `count` parts of nearly equal size for cross-validation, items of one group in one part, as
  /// ``Splitter/fold(_:of:seed:)`` has them. Throws where a part would be empty.
  package func folds(_ count: Int, seed: UInt64) throws(ImageDataError) -> [[Int]] {
    let groups = groups ?? names
    let found = Set(groups).count
    guard count >= 2, count <= found else {
      throw ImageDataError(
        .badSplit, "\(found) \(self.groups == nil ? "images" : "groups") in \(count) parts",
        place: items.place, remedy: "Make 2 parts at least, and at most as many as there are.")
    }
    var parts = [[Int]](repeating: [], count: count)
    for (item, part) in Splitter.folds(count, groups, seed).enumerated() {
      parts[part].append(item)
    }
    return parts
  }
}
