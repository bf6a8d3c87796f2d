import Errors

extension ImageDataSet {
  /// Returns all items but those `skipped` in `count` folds of nearly equal size for cross-validation. Items of one
  /// group are in one fold, as in ``Splitter/fold(_:of:seed:)``. Throws if a fold would be empty.
  package func folds(
    _ count: Int, seed: UInt64, leavingOut skipped: Set<Int> = []
  ) throws(ImageDataError) -> [[Int]] {
    let kept = names.indices.filter { !skipped.contains($0) }
    let all = groups ?? names
    let groups = kept.map { all[$0] }
    let found = Set(groups).count
    guard count >= 2, count <= found else {
      throw ImageDataError(
        .badSplit,
        "\(found) \(self.groups == nil ? "images" : "groups") can't be split into \(count) parts",
        place: items.place, remedy: "Use at least 2 parts, and at most as many as there are.")
    }
    var parts = [[Int]](repeating: [], count: count)
    for (item, part) in zip(kept, Splitter.folds(count, groups, seed)) {
      parts[part].append(item)
    }
    return parts
  }
}
