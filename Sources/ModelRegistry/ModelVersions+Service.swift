import Errors
import Foundation
import Ratings

extension ModelVersions {
  /// Puts `version` in service: whoever opens the model from now on gets it. The version that was
  /// in service stays, to go back to.
  ///
  /// Throws ``ModelFileErrorCode/missing`` when there is no such version, and
  /// ``ModelFileErrorCode/altered`` when its file has another size than the manifest says (more is
  /// for ``verify(_:)`` to find); what is in service then stays so.
  package func promote(_ version: Int) throws(ModelFileError) {
    try verifySize(of: version)
    try whileChanging { () throws(ModelFileError) in
      try checkThere(version)  // it may have been removed meanwhile
      try putInService(version, by: .promote)
    }
  }

  /// Since when `version`, the one in service, has been so, in ISO 8601, UTC; nil when it is not
  /// recorded, as when somebody set the link by hand.
  package func inServiceSince(_ version: Int) throws(ModelFileError) -> String? {
    try ServiceHistory(reading: historyPath).inServiceSince(version)
  }

  /// The version that `current` links to, there or not; nil when it links to none.
  func linkedVersion() -> Int? {
    (try? currentTarget()).flatMap(VersionNumber.parse(linkTarget:))
  }

  /// Runs `body` while no other process changes what is in service or which versions there are.
  func whileChanging<Result>(
    _ body: () throws(ModelFileError) -> Result
  ) throws(ModelFileError) -> Result {
    let lock = try FileLock.wait(folder + "/.lock")
    defer { withExtendedLifetime(lock) {} }
    return try body()
  }

  /// Sets the link, and notes it in the history just before: what would hinder the link is found out
  /// first. Only ``whileChanging(_:)``.
  func putInService(
    _ version: Int, by change: ServiceHistory.Entry.Change
  ) throws(ModelFileError) {
    _ = try currentTarget()  // what is no link is not ours to replace
    try Folder.make(stagingFolder)
    let link = stagingFolder + "/current-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    guard symlink(VersionNumber.linkTarget(version), link) == 0 else {
      throw .system("create", errno, place: link)
    }
    do throws(ModelFileError) {
      try ServiceHistory.append(
        ServiceHistory.Entry(time: Timestamp.now.description, change: change, version: version),
        to: historyPath)
      guard rename(link, currentPath) == 0 else {
        throw .system("replace", errno, place: currentPath)
      }
    } catch {
      unlink(link)
      throw error
    }
    try Folder.flush(folder)
  }
}
