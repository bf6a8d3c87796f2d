/// Classes that by their names are what is none of the others, such as `other`: a classifier learns such a class as if
/// its images were alike, and takes what belongs nowhere, unlike any of them, for one of the classes all the same.
package struct NoneOfThese: Equatable, Sendable {
  /// The classes, in the order of their names.
  package let names: [String]
  /// How many images are of them, and how many there are.
  package let imageCount: Int
  package let allCount: Int

  /// What such classes are called, in lower case, without spaces, hyphens and underscores.
  private static let usualNames: Set<String> = [
    "other", "others", "none", "noneofthese", "noneoftheabove", "nothing", "nolabel", "unlabelled",
    "unlabeled", "unknown", "unsure", "notsure", "undefined", "unclear", "misc", "miscellaneous",
    "rest", "else", "anythingelse", "background", "skip", "na", "n/a", "null", "empty", "negative",
  ]

  /// Those among the classes of images; nil when there are none, or images have no class each.
  package init?(in targets: ImageTargets) {
    guard case .classes(let names, let classes) = targets else { return nil }
    let found = names.indices.filter { position in
      Self.usualNames.contains(names[position].lowercased().filter { !" -_".contains($0) })
    }
    guard !found.isEmpty else { return nil }
    let own = Set(found)
    self.names = found.map { names[$0] }
    imageCount = classes.count { own.contains($0) }
    allCount = classes.count
  }
}
