/// What a check found.
package struct ImageCheckReport: Sendable {
  /// How many images were looked at, and other files.
  package let fileCount: Int
  /// How many could be decoded.
  package let decodedCount: Int
  /// How many of each format.
  package let formats: [String: Int]
  /// The least and the greatest sample of images that do not hold bytes; nil where all do.
  package let sampleRange: ClosedRange<Float>?
  /// How many were not compared with all that they may be like, there being too many (``NearDuplicates``).
  package let partlyComparedCount: Int
  /// What there is to say: by kind, what stops training first, then in the order of the files.
  package let findings: [ImageFinding]

  /// Whether anything stops training or lets it be judged wrongly.
  package var hasErrors: Bool { findings.contains { $0.kind.isError } }
}
