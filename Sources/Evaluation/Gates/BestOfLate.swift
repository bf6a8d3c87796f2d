package import ModelRegistry

/// The version that was judged best of late: what a new one is held against beside the one in service, so that quality
/// can't slide by a little each night, too little to be told from chance.
package struct BestOfLate<Version> {
  /// Its number.
  package let number: Int
  /// What was opened of it.
  package let version: Version

  /// What it is called among the results.
  package var name: String { "version \(number)" }
  /// What it is called beside its figure.
  package var description: String {
    "\(name), the best of the last \(PublishingPolicy.recentDays) days"
  }

  /// Looks among `versions` for the best by `metric` of those that were written within ``PublishingPolicy/recentDays`` days
  /// and were not refused. nil when there is none, or it is `other`.
  ///
  /// - Parameters:
  ///   - isComparable: Whether a version's figure is of what the new one's is: the same held-out samples, the same unit.
  ///   - open: Verifies and opens a version. One that it throws for is passed over, as is one that it returns nil for: it
  ///     answers something else.
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
