import Errors
import Foundation

/// Exclusive access for replacing a registry's folder: no training and no nightly run can start meanwhile.
package struct RegistryExchange {
  private let registry: ModelRegistry
  private let locks: (training: TrainingLock, night: FileLock)?

  /// Takes the locks of `registry` if its folder exists.
  ///
  /// `command` identifies the holder to other processes and must contain no password. Throws
  /// ``ModelFileErrorCode/busy`` while a training or a nightly run is in progress.
  package init(of registry: ModelRegistry, command: String) throws(ModelFileError) {
    self.registry = registry
    guard try registry.isThere() else {
      locks = nil
      return
    }
    locks = (
      try TrainingLock(of: registry, command: command),
      try NightlyRuns(of: registry).lock(command: command)
    )
  }

  /// Replaces the registry's folder with the folder at `source`, which must be on the same file system. Returns the
  /// new path of the old folder, or nil if there was none.
  package func put(_ source: String) throws(ModelFileError) -> String? {
    let folder = registry.folder
    var former: String?
    if locks != nil {
      let name = "\(folder).replaced-\(Int(Date.now.timeIntervalSince1970))"
      guard rename(folder, name) == 0 else { throw .system("rename", errno, place: folder) }
      former = name
    }
    guard rename(source, folder) == 0 else {
      let number = errno
      if let former { rename(former, folder) }
      throw .system("rename", number, place: folder)
    }
    try Folder.flush(Folder.parent(of: folder))
    return former
  }
}
