import Errors

/// What going back did, or found.
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

extension ModelVersions {
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

  /// Puts the newest of ``rollbackCandidates()`` in service that is not damaged; each is
  /// verified before, while no lock is held. Done again, it goes back further. Works when `current`
  /// is broken, too.
  ///
  /// Throws ``ModelFileErrorCode/nothingToRollBackTo`` when there is none, saying what is wrong
  /// with each; what is in service then stays so.
  package func rollback() throws(ModelFileError) -> Rollback {
    while true {
      let candidates = try rollbackCandidates()
      let (target, skipped) = try Self.firstWhole(of: candidates, check)
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
    try Self.firstWhole(of: try rollbackCandidates(), check).version
  }

  /// ``verify(_:)`` without what it returns.
  func check(_ version: Int) throws(ModelFileError) { try verify(version) }

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
        remedy: "Choose one of `\(command("models list"))` and promote it.")
    }
    let flaws = skipped.map { "version \($0.version): \($0.flaw.problem)" }
    return ModelFileError(
      .nothingToRollBackTo,
      "no earlier version in service is whole: \(flaws.joined(separator: "; "))", place: folder,
      remedy: "Promote one that `\(command("models verify --all"))` calls good, or train again.")
  }
}
