import Evaluation
import ModelRegistry

extension Manifest {
  /// Returns whether the version has byte-identical judged models to `staged` and, if they were refitted to
  /// all ratings, the same ratings.
  func isSame(as staged: StagedVersion, fingerprint: String) -> Bool {
    let roles = [ModelRole.main, .predictor]
    return roles.allSatisfy { digest(of: judgedRole(of: $0)) == staged.digest(of: $0.judged) }
      && (!isRefitted || run.dataFingerprint == fingerprint)
  }

  /// Whether the served models were refitted to all ratings.
  var isRefitted: Bool { judgedRole() != .main }
}

extension Incumbent<ComparedVersion> {
  /// Finds the version in service among `versions`, and a stand-in only if it `isCompared`. Reports a warning
  /// if a version is damaged.
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
