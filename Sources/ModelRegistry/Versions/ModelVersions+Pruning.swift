import Errors
import Foundation

extension ModelVersions {
  /// Returns the versions that ``prune(keeping:)`` would remove, ascending: all except the `count` most recently
  /// trained, the one in service and one to roll back to. Traps unless `count` is at least 1.
  ///
  /// The version to roll back to is the one that a rollback would choose: the newest intact version that was in
  /// service earlier. If there is none, it is the newest intact version of all others. Candidates are verified to
  /// find it.
  ///
  /// Throws ``ModelFileErrorCode/badCurrent`` if the version in service cannot be determined.
  package func prunable(keeping count: Int) throws(ModelFileError) -> [Int] {
    try PruningPlan(for: self, keeping: count).doomed
  }

  /// Removes the versions that ``prunable(keeping:)`` returns, and returns them. Each version disappears atomically.
  package func prune(keeping count: Int) throws(ModelFileError) -> [Int] {
    guard try Folder.leadsToFolder(folder) else { return [] }
    while true {
      let plan = try PruningPlan(for: self, keeping: count)
      let removed = try whileChanging { () throws(ModelFileError) -> [Int]? in
        // Another process may have changed the version in service, or pruned, meanwhile.
        guard try plan.basis == PruningPlan.Basis(of: self) else { return nil }
        try remove(plan.doomed)
        return plan.doomed
      }
      if let removed { return removed }
    }
  }

  /// Removes versions, each atomically. Call only from ``whileChanging(_:)``.
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

/// The versions to prune, and the state that the decision was based on.
private struct PruningPlan {
  /// The state that the decision was based on.
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

  /// Creates a plan by verifying versions. No lock may be held meanwhile.
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
