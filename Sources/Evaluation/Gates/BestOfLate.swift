package import ModelRegistry

/// The best recent version by its recorded figure. A new version is compared with it in addition to the one in service,
/// so that quality cannot decline a little each night, by steps too small to be significant.
package struct BestOfLate<Version> {
  /// The version number.
  package let number: Int
  /// The opened version.
  package let version: Version

  /// The name among the results.
  package var name: String { "version \(number)" }
  /// The description shown beside its figure.
  package var description: String {
    "\(name), the best of the last \(PublishingPolicy.recentDays) days"
  }

  /// Finds the best of `versions` by `metric` among those started within ``PublishingPolicy/recentDays`` days and not
  /// refused. Nil if there is none, or if it is `other`.
  ///
  /// - Parameters:
  ///   - isComparable: Whether a version's figure can be compared with the new one's: the same held-out samples and the
  ///     same unit.
  ///   - open: Verifies and opens a version. Versions for which it throws, or returns nil because their answers are of
  ///     another kind, are skipped.
  package init?(
    among versions: ModelVersions, by metric: Metric, besides other: Int?,
    where isComparable: (Manifest) -> Bool, open: (Int) throws -> Version?
  ) {
    func figure(_ manifest: Manifest) -> Double { manifest.run.metrics[metric.name]?.value ?? .nan }
    let period = Duration.seconds(PublishingPolicy.recentDays * 24 * 60 * 60)
    let judged = ((try? versions.all()) ?? []).compactMap { try? versions.manifest(of: $0) }.filter
    {
      $0.run.outcome != .refused && $0.run.metrics[metric.name] != nil && isComparable($0)
        && (Duration(since: $0.run.startedAt).map { $0 <= period } ?? false)
    }
    for best in judged.sorted(by: { metric.isBetter(figure($0), than: figure($1)) }) {
      if best.version == other { return nil }
      guard let version = try? open(best.version) else { continue }
      (number, self.version) = (best.version, version)
      return
    }
    return nil
  }
}
