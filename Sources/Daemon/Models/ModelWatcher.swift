import Errors
package import ModelRegistry

/// Follows which version of a model is in service, one look at a time; the caller says when.
///
/// A version is told from another by its number and by its manifest, which has the digest of the
/// model: where the folder is removed and trained anew, another model has the same number. A look
/// reads neither: files whose ``VersionStamp`` is the one they had are what they were.
///
/// At the start a version is only opened, which takes no time however large it is, and read through
/// afterwards, by ``check()``. A version that comes later is read through before it is taken up.
/// Where there is no file descriptor or memory left for that, nothing is said of the version: what is
/// served stays, and the next look tries again.
package struct ModelWatcher: Sendable {
  /// What a look at the registry found.
  package enum Finding: Sendable {
    /// What it was before, good or bad.
    case unchanged
    /// Another version, open and ready.
    case opened(ServedModel)
    /// The version that was in service all along is the one that should be, again.
    case recovered
    /// A version that can't be taken up, or none where there was one: why, for INFO and the log.
    /// What is served stays.
    case failed(Problem)
    /// The version that should be served can't be, for this reason: the newest earlier one that can
    /// is, or none when there is none.
    case fellBack(ServedModel?, Problem)
  }

  /// Why the version that should be in service is not.
  package struct Problem: Sendable, Equatable, CustomStringConvertible {
    /// The version; nil when it is not known which it should be.
    package let version: Int?
    /// What is wrong with it, for the log.
    package let error: ModelFileError

    package var description: String { "\(error)" }

    /// What is wrong, without the paths of this machine: for anybody who asks.
    package var withoutPaths: String {
      (version.map { "version \($0)" } ?? "`current`") + ": \(error.problem)"
    }
  }

  /// The version that is served.
  private struct Served {
    let version: Int
    let manifest: Manifest
    /// Its files when they were last found to be what is served.
    var stamp: VersionStamp
    /// Whether it has been read through.
    var isChecked: Bool

    /// Whether this is `other`, looked at again.
    func isTheSame(as other: Served) -> Bool {
      manifest == other.manifest && stamp.isOfSameModelFiles(as: other.stamp)
    }
  }

  private let versions: ModelVersions
  private var served: Served?
  private var problem: Problem?
  /// The versions that were found damaged, their files as they were then, and how.
  private var damaged: [Int: (stamp: VersionStamp, error: ModelFileError)] = [:]
  /// The versions that were last read through and found to be good, with their files as they were then: to go back to one takes no reading.
  private var verified: [(version: Int, stamp: VersionStamp)] = []
  private static let verifiedLimit = 16

  /// A watcher that has seen nothing yet.
  package init(_ versions: ModelVersions) { self.versions = versions }

  /// The first look: opens the version in service, or the newest earlier one that opens, without
  /// reading it. Call ``check()`` next.
  package mutating func open() -> Finding {
    var version: Int?
    do throws(ModelFileError) {
      version = try versions.current()
      guard let version else { return .unchanged }
      let (model, served) = try open(version)
      self.served = served
      return .opened(model)
    } catch {
      return fail(Problem(version: version, error: error), isThorough: false)
    }
  }

  /// Reads through what ``open()`` opened. If it is damaged, the newest earlier version in service
  /// that is not takes its place, and none if there is none. Blocks: O(file size).
  package mutating func check() -> Finding {
    guard let served, !served.isChecked else { return .unchanged }
    do throws(ModelFileError) {
      try verify(served.version)
      self.served?.isChecked = true
      return .unchanged
    } catch {
      let found = Problem(version: served.version, error: error)
      guard error.code.isOfTheMoment else { return withdraw(for: found) }
      return fail(found)
    }
  }

  /// Looks at the registry: one link and two files' stamps, unless something changed. A new version
  /// is read through and made ready for fast answers first, which blocks: O(file size). One that
  /// can't be taken up is found to have failed only once, and tried again at every look; one that is
  /// damaged, only when its files have changed. What ``check()`` could not finish is done first.
  package mutating func look() -> Finding {
    let checked = check()
    guard case .unchanged = checked else { return checked }
    var version: Int?
    do throws(ModelFileError) {
      version = try versions.current()
      guard let version else { return isGone() }
      let stamp = versions.stamp(of: version)
      if let served, served.version == version, served.stamp == stamp { return settle() }
      if let known = damaged[version], known.stamp == stamp { throw known.error }
      let (model, next) = try openThoroughly(version)
      damaged.removeAll()
      let isTheSame = served.map { next.isTheSame(as: $0) } ?? false
      served = next
      if isTheSame { return settle() }
      problem = nil
      return .opened(model)
    } catch {
      let found = Problem(version: version, error: error)
      return isAltered(version) ? withdraw(for: found) : fail(found)
    }
  }

  /// Whether `version` is the one that is served, and was found to be damaged in the very file that is
  /// mapped: another one under its name leaves the mapped one as it is.
  private func isAltered(_ version: Int?) -> Bool {
    guard let served, served.version == version, let damage = damaged[served.version] else {
      return false
    }
    return damage.stamp.isOfSameModelFiles(as: served.stamp)
      && (try? versions.manifest(of: served.version)) == served.manifest
  }

  /// What is served is what should be.
  private mutating func settle() -> Finding {
    guard problem != nil, served?.isChecked == true else { return .unchanged }
    problem = nil
    return .recovered
  }

  private mutating func isGone() -> Finding {
    guard let served else { return .unchanged }
    return fail(
      Problem(
        version: nil,
        error: ModelFileError(
          .missing, "it is gone since version \(served.version) was taken up",
          place: versions.currentPath,
          remedy: versions.wording(of: .promoteOrTrain))))
  }

  // MARK: - Failing

  /// Leaves what is served, or finds something to serve where nothing is or what stands in for the
  /// version in service is no longer there.
  private mutating func fail(_ found: Problem, isThorough: Bool = true) -> Finding {
    var found = found
    if found.error.code != .outOfResources, needsStandIn(for: found.version) {
      do throws(ModelFileError) {
        if let model = try standIn(isThorough: isThorough) {
          problem = found
          return .fellBack(model, found)
        }
      } catch {
        found = Problem(version: found.version, error: error)
      }
    }
    guard problem != found else { return .unchanged }
    problem = found
    return .failed(found)
  }

  /// Gives up what is served, which is damaged.
  private mutating func withdraw(for found: Problem) -> Finding {
    (served, problem) = (nil, nil)
    let finding = fail(found)
    if case .failed(let problem) = finding { return .fellBack(nil, problem) }
    return finding
  }

  /// Whether something is to be looked for that can be served in place of `version`.
  private func needsStandIn(for version: Int?) -> Bool {
    guard let served else { return true }
    guard let version, served.version != version else { return false }
    return damaged[version] != nil && served.stamp != versions.stamp(of: served.version)
  }

  /// Takes up the newest earlier version that opens, and, if `isThorough`, is not damaged; nil when
  /// there is none. Throws when there may be one, but not enough of the system's means to tell.
  private mutating func standIn(
    isThorough: Bool
  ) throws(ModelFileError) -> ServedModel? {
    let candidates: [Int]
    do throws(ModelFileError) { candidates = try versions.rollbackCandidates() } catch {
      guard error.code == .outOfResources else { return nil }
      throw error
    }
    for version in candidates {
      if let damage = damaged[version], damage.stamp == versions.stamp(of: version) { continue }
      do throws(ModelFileError) {
        let (model, served) = isThorough ? try openThoroughly(version) : try open(version)
        self.served = served
        return model
      } catch {
        guard error.code != .outOfResources else { throw error }
      }
    }
    return nil
  }

  // MARK: - Opening

  private mutating func openThoroughly(
    _ version: Int
  ) throws(ModelFileError) -> (ServedModel, Served) {
    try verify(version)
    let (model, opened) = try open(version)
    model.prepare()
    var served = opened
    served.isChecked = true
    return (model, served)
  }

  private mutating func verify(_ version: Int) throws(ModelFileError) {
    let stamp = versions.stamp(of: version)
    guard !verified.contains(where: { $0.version == version && $0.stamp == stamp }) else { return }
    verified.removeAll { $0.version == version }
    do throws(ModelFileError) {
      try versions.verify(version)
    } catch {
      if !error.code.isOfTheMoment { damaged[version] = (stamp, error) }
      throw error
    }
    verified = verified.suffix(Self.verifiedLimit - 1) + [(version, stamp)]
  }

  /// The stamp is taken first: files that are replaced meanwhile are looked at again the next time.
  private func open(_ version: Int) throws(ModelFileError) -> (ServedModel, Served) {
    let stamp = versions.stamp(of: version)
    let manifest = try versions.manifest(of: version)
    let model = try versions.open(version)
    let predictor =
      manifest.digest(of: .predictor) == nil ? nil : try versions.open(version, .predictor)
    var facts = ModelFacts(
      of: model, predictor: predictor, name: versions.name.text, version: version,
      sha256: manifest.digest()?.sha256, createdAt: manifest.createdAt,
      trainedAt: manifest.run.startedAt,
      inServiceSince: try versions.inServiceSince(version))
    facts.noteFigures(of: manifest.run)
    return (
      ServedModel(of: model, predictor: predictor, facts: facts),
      Served(version: version, manifest: manifest, stamp: stamp, isChecked: false)
    )
  }
}
