import Evaluation
import ModelRegistry
import Ratings

extension Manifest {
  /// Whether the version is of the same judged models as `staged` to the byte and, where those were fitted
  /// again to all ratings, of the same ratings.
  func isSame(as staged: StagedVersion, fingerprint: String) -> Bool {
    let roles = [ModelRole.main, .predictor]
    return roles.allSatisfy { digest(of: judgedRole(of: $0)) == staged.digest(of: $0.judged) }
      && (!isRefitted || run.dataFingerprint == fingerprint)
  }

  /// Whether what is served was fitted again to all ratings.
  var isRefitted: Bool { judgedRole() != .main }
}

extension Incumbent<ComparedVersion> {
  /// Looks for it among `versions`, and for one that stands in only if it `isCompared`; of one that is damaged is
  /// warned.
  init(among versions: ModelVersions, isCompared: Bool, report: (JobEvent) -> Void) {
    self.init(
      among: versions, isCompared: isCompared,
      open: { (number) throws(ModelFileError) in try ComparedVersion(number, of: versions) },
      damaged: { flaw, standIn in
        report(
          .warning(.damagedInService(standIn: standIn, isCompared: isCompared, flaw: flaw)))
      })
  }
}

extension ModelVersions {
  /// The version that was judged best by `metric` of those written within `period`, with the same
  /// ratings held out and, where that is an error, of values taken to the same, that were not refused and can be opened: quality can't slide by a little each
  /// night, too little to be told from chance, while what was best is compared with. nil when there is
  /// none, or it is `other`.
  func bestOfLate(
    by metric: Metric, within period: Duration, split: [String: String],
    transform: ValueTransform, besides other: Int?
  ) -> ComparedVersion? {
    let judged = ((try? all()) ?? []).compactMap { try? manifest(of: $0) }.filter { manifest in
      manifest.run.outcome != .refused && manifest.run.metrics[metric.name] != nil
        && (manifest.transform == transform || !metric.isOfPredictions)
        && split.allSatisfy { manifest.run.parameters[$0] == $1 }
        && (Duration(since: manifest.run.startedAt).map { $0 <= period } ?? false)
    }
    func figure(_ manifest: Manifest) -> Double { manifest.run.metrics[metric.name]?.value ?? .nan }
    for best in judged.sorted(by: { metric.isBetter(figure($0), than: figure($1)) }) {
      if best.version == other { return nil }
      if let version = try? ComparedVersion(best.version, of: self) { return version }
    }
    return nil
  }
}
