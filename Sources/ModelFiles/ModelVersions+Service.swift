import ExplainedErrors
import Foundation

extension ModelVersions {
  /// Puts `version` in service: whoever opens the model from now on gets it. The version that was
  /// in service stays, to go back to.
  ///
  /// Throws ``ModelFileErrorCode/missing`` when there is no such version, and
  /// ``ModelFileErrorCode/altered`` when its file has another size than the manifest says (more is
  /// for ``verify(_:)`` to find); what is in service then stays so.
  package func promote(_ version: Int) throws(ModelFileError) {
    let expected = try manifest(of: version).byteCount
    let path = modelPath(of: version)
    let byteCount = try MappedFile(path).byteCount
    guard byteCount == expected else {
      throw .damaged(
        .altered, "it has \(byteCount) bytes and had \(expected) when published", path)
    }
    try whileChanging { () throws(ModelFileError) in
      try putInService(ServiceHistory.Entry(change: .promote, version: version))
    }
  }

  /// Puts the version in service that was so before the one that is, and answers both. Done again,
  /// it goes back another one. Works when `current` is broken, too.
  ///
  /// Throws ``ModelFileErrorCode/nothingToRollBackTo`` when there is none, or it was pruned.
  package func rollback() throws(ModelFileError) -> (from: Int?, to: Int) {
    let nothing = ModelFileError(
      .nothingToRollBackTo, "no earlier version was in service", place: folder,
      remedy: "Choose one of `latent models list --name \(name)` and promote it.")
    guard try rollbackTarget() != nil else { throw nothing }
    return try whileChanging { () throws(ModelFileError) in
      let from = linkedVersion()
      guard let target = try rollbackTarget() else { throw nothing }
      try putInService(ServiceHistory.Entry(change: .rollback, version: target))
      return (from, target)
    }
  }

  /// The version that ``rollback()`` would put in service; nil when there is none.
  package func rollbackTarget() throws(ModelFileError) -> Int? {
    let linked = linkedVersion()
    let existing = Set(try all())
    return try ServiceHistory(reading: historyPath).inService(current: linked)
      .last { $0 != linked && existing.contains($0) }
  }

  /// The version that `current` links to, there or not; nil when it links to none.
  private func linkedVersion() -> Int? {
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

  private func putInService(_ entry: ServiceHistory.Entry) throws(ModelFileError) {
    _ = try currentTarget()  // what is no link is not ours to replace
    try ServiceHistory.append(entry, to: historyPath)
    try Folder.make(stagingFolder)
    let link = stagingFolder + "/current-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    guard symlink(VersionNumber.linkTarget(entry.version), link) == 0 else {
      throw .system("create", errno, place: link)
    }
    guard rename(link, currentPath) == 0 else {
      let number = errno
      unlink(link)
      throw .system("replace", number, place: currentPath)
    }
    try Folder.flush(folder)
  }
}
