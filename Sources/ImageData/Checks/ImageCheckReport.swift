/// The result of a check.
package struct ImageCheckReport: Sendable {
  /// The number of images and other files examined.
  package let fileCount: Int
  /// The number of images decoded.
  package let decodedCount: Int
  /// The number of images per format.
  package let formats: [String: Int]
  /// The range of the samples of images other than 8-bit; nil if all are 8-bit.
  package let sampleRange: ClosedRange<Float>?
  /// The number of images that had too many candidates to be compared with all (``NearDuplicates``).
  package let partlyComparedCount: Int
  /// The findings: by kind, those that stop training first, then in the order of the files.
  package let findings: [ImageFinding]

  /// Whether a finding stops training or invalidates its evaluation.
  package var hasErrors: Bool { findings.contains { $0.kind.isError } }
}
