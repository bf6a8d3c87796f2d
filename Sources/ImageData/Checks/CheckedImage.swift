/// An image that a check looks at, with what is known of it.
package struct CheckedImage: Sendable {
  /// What findings call it: its path relative to the folder.
  package let name: String
  /// The paths of its files: one, or one a band.
  package let paths: [String]
  /// Whether it is in the data set; else it is a file that lies beside its images.
  package let isListed: Bool
  /// The side of the split; nil where there is no split.
  package var side: Side?
  /// The label, in words; nil where there are none.
  package var label: String?
  /// The points that it is labelled with, in pixels from its upper left corner.
  package var points: [SIMD2<Float>] = []

  /// A side of a split.
  package enum Side: String, Sendable, CaseIterable {
    case heldOut = "held out"
    case unused
    case training
  }

  package init(
    name: String, paths: [String], isListed: Bool = true, side: Side? = nil, label: String? = nil
  ) {
    self.name = name
    self.paths = paths
    self.isListed = isListed
    self.side = side
    self.label = label
  }
}
