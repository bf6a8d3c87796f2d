/// Classes whose names mean none of the others, such as `other`. A classifier learns such a class as if its images
/// were alike. Yet an image that belongs nowhere, and is unlike any of them, is still assigned to one of the real
/// classes.
package struct NoneOfThese: Equatable, Sendable {
  /// The names of the classes, in order.
  package let names: [String]
  /// The number of images of these classes, and of all images.
  package let imageCount: Int
  package let allCount: Int

  /// The usual names of such classes, in lower case, without spaces, hyphens and underscores.
  private static let usualNames: Set<String> = [
    "other", "others", "none", "noneofthese", "noneoftheabove", "nothing", "nolabel", "unlabelled",
    "unlabeled", "unknown", "unsure", "notsure", "undefined", "unclear", "misc", "miscellaneous",
    "rest", "else", "anythingelse", "background", "skip", "na", "n/a", "null", "empty", "negative",
  ]

  /// Finds them among the classes of images; nil if there are none, or if images do not have one class each.
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
