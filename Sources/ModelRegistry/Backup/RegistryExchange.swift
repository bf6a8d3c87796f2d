import Errors
import Foundation

/// The right to put another folder in a registry's place: nothing is trained there meanwhile, by night or by day.
package struct RegistryExchange {
  private let registry: ModelRegistry
  private let locks: (training: TrainingLock, night: FileLock)?

  /// Takes the locks of `registry`, where it is there. `command` tells others what holds them, and must hold no password. Throws
  /// ``ModelFileErrorCode/busy`` while a training or a nightly run is under way.
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

  /// Puts the folder at `source`, on the same file system, in the registry's place. Returns where the former one stands now; nil where there
  /// was none.
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
