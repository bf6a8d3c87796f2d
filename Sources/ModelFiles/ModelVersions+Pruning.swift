import ExplainedErrors
import Foundation

extension ModelVersions {
  /// The versions that ``prune(keeping:)`` would remove, ascending: all but the `count` newest, the
  /// one in service and the one to roll back to. Traps unless `count` is at least 1.
  ///
  /// Throws ``ModelFileErrorCode/badCurrent`` when it can't tell which one is in service.
  package func prunable(keeping count: Int) throws(ModelFileError) -> [Int] {
    precondition(count >= 1, "the newest version is always kept")
    let kept = [try current(), try rollbackTarget()]
    return try all().dropLast(count).filter { !kept.contains($0) }
  }

  /// Removes what ``prunable(keeping:)`` names and answers it. A version disappears whole.
  package func prune(keeping count: Int) throws(ModelFileError) -> [Int] {
    guard Folder.isFolder(folder) else { return [] }
    return try whileChanging { () throws(ModelFileError) in
      let versions = try prunable(keeping: count)
      for version in versions {
        try Folder.make(stagingFolder)
        let doomed = stagingFolder + "/pruned-\(version)-\(UInt32.random(in: 0 ... .max))"
        guard rename(versionFolder(version), doomed) == 0 else {
          throw .system("remove", errno, place: versionFolder(version))
        }
        try Folder.remove(doomed)
      }
      if !versions.isEmpty { try Folder.flush(folder + "/versions") }
      return versions
    }
  }
}
