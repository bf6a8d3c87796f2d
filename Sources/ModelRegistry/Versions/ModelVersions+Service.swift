import Errors
import Foundation

/// Which version is in service, which were, and changing that.
extension ModelVersions {
  /// The version in service; nil when none was put in service yet.
  ///
  /// Takes a look at one link. Throws ``ModelFileErrorCode/badCurrent`` when `current` is not a
  /// link to a version, or to one that is not there.
  package func current() throws(ModelFileError) -> Int? {
    guard let target = try currentTarget() else { return nil }
    guard let version = VersionNumber.parse(linkTarget: target) else {
      throw badCurrent("links to what is no version of this model", to: target)
    }
    guard try Folder.isFolder(versionFolder(version)) else {
      throw badCurrent("links to version \(version), which is not there")
    }
    return version
  }

  /// Since when `version`, the one in service, has been so, in ISO 8601, UTC; nil when it is not
  /// recorded, as when somebody set the link by hand.
  package func inServiceSince(_ version: Int) throws(ModelFileError) -> String? {
    try ServiceHistory(reading: historyPath).inServiceSince(version)
  }

  /// Whether `version` is in service or was, as far as that is recorded.
  package func wasInService(_ version: Int) throws(ModelFileError) -> Bool {
    try ServiceHistory(reading: historyPath).entries.contains { $0.version == version }
  }

  /// Puts `version` in service: whoever opens the model from now on gets it. The version that was
  /// in service stays, to go back to.
  ///
  /// Throws ``ModelFileErrorCode/missing`` when there is no such version, and
  /// ``ModelFileErrorCode/altered`` when a file of it has another size than the manifest says (more
  /// is for ``verify(_:)`` to find); what is in service then stays so.
  package func promote(_ version: Int) throws(ModelFileError) {
    try verifySize(of: version)
    try whileChanging { () throws(ModelFileError) in
      try checkThere(version)  // it may have been removed meanwhile
      try putInService(version, by: .promote)
    }
  }

  /// The versions to go back to, the one that was in service last first: those that were in service
  /// before the one that is, without those that were rolled back, as far as they are still there.
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

  /// Puts the newest of ``rollbackCandidates()`` in service that is not damaged; each is verified
  /// before, while no lock is held. Done again, it goes back further. Works when `current` is
  /// broken, too.
  ///
  /// Throws ``ModelFileErrorCode/nothingToRollBackTo`` when there is none, saying what is wrong
  /// with each; what is in service then stays so.
  package func rollback() throws(ModelFileError) -> Rollback {
    while true {
      let candidates = try rollbackCandidates()
      let (target, skipped) = try Self.firstWhole(of: candidates, verify)
      guard let target else { throw nothingToRollBackTo(skipped) }
      let done = try whileChanging { () throws(ModelFileError) -> Rollback? in
        // Somebody else may have changed what is in service meanwhile.
        guard try rollbackCandidates() == candidates else { return nil }
        let from = linkedVersion()
        try putInService(target, by: .rollback)
        return Rollback(from: from, to: target, skipped: skipped)
      }
      if let done { return done }
    }
  }

  /// The version that stands in for the one in service when that can't be served: the newest of
  /// ``rollbackCandidates()`` that is not damaged, for which they are verified; nil when there is
  /// none. Changes nothing.
  package func standIn() throws(ModelFileError) -> Int? {
    try Self.firstWhole(of: try rollbackCandidates(), verify).version
  }

  /// The first of `versions` that `verify` has no complaint about, and those before it. Throws when
  /// `verify` lacks what it needs to judge one (``ModelFileErrorCode/outOfResources``).
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
      "no earlier version in service is whole: \(flaws.joined(separator: "; "))", place: folder,
      remedy: wording(of: .promoteVerified))
  }

  /// The state of the versions, as far as it can be told. Reads none through.
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

/// What going back did.
package struct Rollback: Sendable, Equatable {
  /// A version that was passed over.
  package struct Skipped: Sendable, Equatable {
    package let version: Int
    /// Why it can't be served.
    package let flaw: ModelFileError
  }

  /// The version that was in service; nil when `current` did not say.
  package let from: Int?
  /// The version that is in service now.
  package let to: Int
  /// Earlier versions in service, later than `to`, that are damaged, the newest first.
  package let skipped: [Skipped]
}

/// Which version of a model is in service, and which one a rollback would put there.
package struct ServiceStatus: Sendable {
  /// What a version is to those who serve, as people are told.
  package enum Status: String, Sendable {
    /// The daemon serves it.
    case inService = "in service"
    /// A rollback would put it in service.
    case rollback
  }

  /// The version in service; nil when there is none, or it can't be told.
  package let current: Int?
  /// The newest of ``ModelVersions/rollbackCandidates()`` whose files are of the sizes that they had
  /// when published; nil when there is none, or it can't be told.
  package let rollbackTarget: Int?
  /// Why something can't be told.
  package let problems: [ModelFileError]

  /// What `version` is; nil when it is one of many.
  package func status(of version: Int) -> Status? {
    if version == current { return .inService }
    return version == rollbackTarget ? .rollback : nil
  }
}

// MARK: - The link

extension ModelVersions {
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

  /// Where `current` links to, whatever that is; nil when there is no `current`.
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

  /// What is wrong with the link, which leads to `target` if that is worth telling.
  private func badCurrent(_ problem: String, to target: String? = nil) -> ModelFileError {
    ModelFileError(
      .badCurrent, problem, place: currentPath + (target.map { " -> \($0)" } ?? ""),
      remedy: wording(of: .replaceCurrent))
  }
}
