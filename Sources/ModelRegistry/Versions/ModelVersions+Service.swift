import Errors
import Foundation

/// The version in service and its history, and changes to it.
extension ModelVersions {
  /// Returns the version in service, or nil if no version has been put in service yet.
  ///
  /// Reads a single link. Throws ``ModelFileErrorCode/badCurrent`` if `current` is not a link to a version, or links
  /// to a version that does not exist.
  package func current() throws(ModelFileError) -> Int? {
    guard let target = try currentTarget() else { return nil }
    guard let version = VersionNumber.parse(linkTarget: target) else {
      throw badCurrent("does not link to a version of this model", to: target)
    }
    guard try Folder.isFolder(versionFolder(version)) else {
      throw badCurrent("links to version \(version), which does not exist")
    }
    return version
  }

  /// Returns the time since which `version`, the one in service, has been in service, in ISO 8601, UTC. Nil if that
  /// is not recorded, for example because the link was set by hand.
  package func inServiceSince(_ version: Int) throws(ModelFileError) -> String? {
    try ServiceHistory(reading: historyPath).inServiceSince(version)
  }

  /// Returns whether `version` is or was in service, as far as that is recorded.
  package func wasInService(_ version: Int) throws(ModelFileError) -> Bool {
    try ServiceHistory(reading: historyPath).entries.contains { $0.version == version }
  }

  /// Puts `version` in service: every model opened from now on is that version. The previous version is kept for a
  /// rollback.
  ///
  /// Throws ``ModelFileErrorCode/missing`` if there is no such version, and ``ModelFileErrorCode/altered`` if the
  /// size of a file differs from the manifest. In either case the version in service does not change. Use
  /// ``verify(_:)`` for a full check.
  package func promote(_ version: Int) throws(ModelFileError) {
    try verifySize(of: version)
    try whileChanging { () throws(ModelFileError) in
      try checkThere(version)  // it may have been removed meanwhile
      try putInService(version, by: .promote)
    }
  }

  /// Returns the versions available for rollback, most recently in service first: the existing versions that were in
  /// service before the current one, except those that were rolled back.
  package func rollbackCandidates() throws(ModelFileError) -> [Int] {
    let linked = linkedVersion()
    let existing = Set(try all())
    var candidates: [Int] = []
    for version in try ServiceHistory(reading: historyPath).inService(current: linked).reversed()
    where version != linked && existing.contains(version) && !candidates.contains(version) {
      candidates.append(version)
    }
    return candidates
  }

  /// Puts the newest intact version of ``rollbackCandidates()`` in service. Candidates are verified first, without
  /// holding a lock. Repeated calls go back further. Works even if `current` is broken.
  ///
  /// Throws ``ModelFileErrorCode/nothingToRollBackTo``, with the error of each candidate, if there is none. The
  /// version in service then does not change.
  package func rollback() throws(ModelFileError) -> Rollback {
    while true {
      let candidates = try rollbackCandidates()
      let (target, skipped) = try Self.firstWhole(of: candidates, verify)
      guard let target else { throw nothingToRollBackTo(skipped) }
      let done = try whileChanging { () throws(ModelFileError) -> Rollback? in
        // Another process may have changed the version in service meanwhile.
        guard try rollbackCandidates() == candidates else { return nil }
        let from = linkedVersion()
        try putInService(target, by: .rollback)
        return Rollback(from: from, to: target, skipped: skipped)
      }
      if let done { return done }
    }
  }

  /// Returns the version that stands in for the one in service when that cannot be served: the newest intact version
  /// of ``rollbackCandidates()``, or nil if there is none. Verifies the candidates; changes nothing.
  package func standIn() throws(ModelFileError) -> Int? {
    try Self.firstWhole(of: try rollbackCandidates(), verify).version
  }

  /// Returns the first of `versions` that passes `verify`, and those skipped before it. Throws if `verify` lacks the
  /// resources to decide (``ModelFileErrorCode/outOfResources``).
  static func firstWhole(
    of versions: [Int], _ verify: (Int) throws(ModelFileError) -> Void
  ) throws(ModelFileError) -> (version: Int?, skipped: [Rollback.Skipped]) {
    var skipped: [Rollback.Skipped] = []
    for version in versions {
      do throws(ModelFileError) {
        try verify(version)
        return (version, skipped)
      } catch {
        guard error.code != .outOfResources else { throw error }
        skipped.append(Rollback.Skipped(version: version, flaw: error))
      }
    }
    return (nil, skipped)
  }

  private func nothingToRollBackTo(_ skipped: [Rollback.Skipped]) -> ModelFileError {
    guard !skipped.isEmpty else {
      return ModelFileError(
        .nothingToRollBackTo, "no earlier version was in service", place: folder,
        remedy: wording(of: .promoteAny))
    }
    let flaws = skipped.map { "version \($0.version): \($0.flaw.problem)" }
    return ModelFileError(
      .nothingToRollBackTo,
      "no earlier version in service is intact: \(flaws.joined(separator: "; "))", place: folder,
      remedy: wording(of: .promoteVerified))
  }

  /// Returns the status of the versions, as far as it can be determined without reading model files in full.
  package func serviceStatus() -> ServiceStatus {
    var problems: [ModelFileError] = []
    func known(_ read: () throws(ModelFileError) -> Int?) -> Int? {
      do throws(ModelFileError) { return try read() } catch {
        problems.append(error)
        return nil
      }
    }
    let current = known(current)
    let target = known { () throws(ModelFileError) -> Int? in
      try Self.firstWhole(of: try rollbackCandidates(), verifySize).version
    }
    return ServiceStatus(current: current, rollbackTarget: target, problems: problems)
  }
}

/// The result of a rollback.
package struct Rollback: Sendable, Equatable {
  /// A version that was skipped.
  package struct Skipped: Sendable, Equatable {
    package let version: Int
    /// The reason it cannot be served.
    package let flaw: ModelFileError
  }

  /// The version previously in service; nil if `current` did not say.
  package let from: Int?
  /// The version now in service.
  package let to: Int
  /// The damaged versions that were in service after `to`, newest first.
  package let skipped: [Skipped]
}

/// The version of a model that is in service, and the one that a rollback would restore.
package struct ServiceStatus: Sendable {
  /// The role of a version in service, as displayed.
  package enum Status: String, Sendable {
    /// The daemon serves it.
    case inService = "in service"
    /// A rollback would put it in service.
    case rollback
  }

  /// The version in service; nil if there is none or it cannot be determined.
  package let current: Int?
  /// The newest of ``ModelVersions/rollbackCandidates()`` whose files have their published sizes; nil if there is
  /// none or it cannot be determined.
  package let rollbackTarget: Int?
  /// The errors that kept parts of the status from being determined.
  package let problems: [ModelFileError]

  /// Returns the status of `version`, or nil if it is neither in service nor the rollback target.
  package func status(of version: Int) -> Status? {
    if version == current { return .inService }
    return version == rollbackTarget ? .rollback : nil
  }
}

// MARK: - The link

extension ModelVersions {
  /// Returns the version that `current` links to, whether it exists or not, or nil if it links to none.
  func linkedVersion() -> Int? {
    (try? currentTarget()).flatMap(VersionNumber.parse(linkTarget:))
  }

  /// Runs `body` while no other process can change the version in service or the set of versions.
  func whileChanging<Result>(
    _ body: () throws(ModelFileError) -> Result
  ) throws(ModelFileError) -> Result {
    let lock = try FileLock.wait(folder + "/.lock")
    defer { withExtendedLifetime(lock) {} }
    return try body()
  }

  /// Sets the link, after recording the change in the history. Errors that would prevent the link are detected first.
  /// Call only from ``whileChanging(_:)``.
  func putInService(
    _ version: Int, by change: ServiceHistory.Entry.Change
  ) throws(ModelFileError) {
    _ = try currentTarget()  // anything but a link is not ours to replace
    try Folder.make(stagingFolder)
    let link = stagingFolder + "/current-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    guard symlink(VersionNumber.linkTarget(version), link) == 0 else {
      throw .system("create", errno, place: link)
    }
    do throws(ModelFileError) {
      try ServiceHistory.append(.init(change: change, version: version), to: historyPath)
      guard rename(link, currentPath) == 0 else {
        throw .system("replace", errno, place: currentPath)
      }
    } catch {
      unlink(link)
      throw error
    }
    try Folder.flush(folder)
  }

  /// Returns the target of `current`, whatever it is, or nil if there is no `current`.
  private func currentTarget() throws(ModelFileError) -> String? {
    var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let length = target.withUnsafeMutableBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) {
        $0.baseAddress.map { readlink(currentPath, $0, Int(PATH_MAX)) } ?? -1
      }
    }
    guard length < 0 else { return String(decoding: target[..<length], as: UTF8.self) }
    switch errno {
    case ENOENT, ENOTDIR: return nil
    case EINVAL: throw badCurrent("is not a link")
    default: throw .system("read", errno, place: currentPath)
    }
  }

  /// Returns the error for a bad link. Includes `target` in the message if given.
  private func badCurrent(_ problem: String, to target: String? = nil) -> ModelFileError {
    ModelFileError(
      .badCurrent, problem, place: currentPath + (target.map { " -> \($0)" } ?? ""),
      remedy: wording(of: .replaceCurrent))
  }
}
