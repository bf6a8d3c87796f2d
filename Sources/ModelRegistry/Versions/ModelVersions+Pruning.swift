import Errors
import Foundation

extension ModelVersions {
  /// The versions that ``prune(keeping:)`` would remove, ascending: all but the `count`
  /// newest by when they were trained, the one in service and one to go back to. Traps unless `count` is at least 1.
  ///
  /// The one to go back to is the one that a rollback would choose: the newest earlier one in
  /// service that is not damaged, for which they are verified; if there is none, the newest of all
  /// others that is not.
  ///
  /// Throws ``ModelFileErrorCode/badCurrent`` when it can't tell which one is in service.
  package func prunable(keeping count: Int) throws(ModelFileError) -> [Int] {
    try PruningPlan(for: self, keeping: count).doomed
  }

  /// Removes what ``prunable(keeping:)`` names, and returns it. A version disappears whole.
  package func prune(keeping count: Int) throws(ModelFileError) -> [Int] {
    guard try Folder.leadsToFolder(folder) else { return [] }
    while true {
      let plan = try PruningPlan(for: self, keeping: count)
      let removed = try whileChanging { () throws(ModelFileError) -> [Int]? in
        // Somebody else may have changed what is in service, or pruned, meanwhile.
        guard try plan.basis == PruningPlan.Basis(of: self) else { return nil }
        try remove(plan.doomed)
        return plan.doomed
      }
      if let removed { return removed }
    }
  }

  /// Removes versions, each of them whole or not at all. Only ``whileChanging(_:)``.
  func remove(_ versions: [Int]) throws(ModelFileError) {
    for version in versions {
      try Folder.make(stagingFolder)
      let doomed = stagingFolder + "/pruned-\(version)-\(UInt32.random(in: 0 ... .max))"
      guard rename(versionFolder(version), doomed) == 0 else {
        throw .system("remove", errno, place: versionFolder(version))
      }
      try Folder.remove(doomed)
    }
    if !versions.isEmpty { try Folder.flush(folder + "/versions") }
  }
}

/// Which versions may go, and what that was decided by.
private struct PruningPlan {
  /// What there was when it was decided.
  struct Basis: Equatable {
    let versions: [Int]
    let current: Int?
    let candidates: [Int]

    init(of versions: ModelVersions) throws(ModelFileError) {
      self.versions = try versions.all()
      current = try versions.current()
      candidates = try versions.rollbackCandidates()
    }
  }

  let basis: Basis
  let doomed: [Int]

  /// Verifies versions; no lock may be held meanwhile.
  init(for versions: ModelVersions, keeping count: Int) throws(ModelFileError) {
    precondition(count >= 1, "the newest version is always kept")
    let basis = try Basis(of: versions)
    self.basis = basis
    let byAge = versions.inOrderOfTraining(basis.versions)
    let old = byAge.dropLast(count).filter { $0 != basis.current }.sorted()
    guard !old.isEmpty else {
      doomed = []
      return
    }
    let others = byAge.reversed().filter {
      $0 != basis.current && !basis.candidates.contains($0)
    }
    let spare = try ModelVersions.firstWhole(of: basis.candidates + others, versions.verify).version
    doomed = old.filter { $0 != spare }
  }
}
