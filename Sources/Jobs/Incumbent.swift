import Evaluation
import ModelRegistry

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
