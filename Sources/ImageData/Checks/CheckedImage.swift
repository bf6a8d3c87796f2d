/// An image to check, with what is known of it.
package struct CheckedImage: Sendable {
  /// The name in findings: the path relative to the folder.
  package let name: String
  /// The paths of its files: one, or one per band.
  package let paths: [String]
  /// Whether it is in the data set; otherwise it is a file beside the set's images.
  package let isListed: Bool
  /// The side of the split; nil without a split.
  package var side: Side?
  /// The label, in words; nil if there is none.
  package var label: String?
  /// The points that it is labelled with, in pixels from its top left corner.
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
