import Errors
package import ModelRegistry

/// Follows which version of a model is in service, one look at a time; the caller decides when.
///
/// A version is identified by its number and its manifest, which has the digest of the model: if the folder is removed
/// and a model trained anew, another model has the same number. A look reads neither: files whose ``VersionStamp`` is
/// unchanged are unchanged.
///
/// At the start a version is only opened, which takes no time however large it is, and read through afterwards, by
/// ``check()``. A later version is read through before it is taken up. If no file descriptor or memory is left for
/// that, the version is not judged: what is served stays, and the next look tries again.
package struct ModelWatcher: Sendable {
  /// The result of a look at the registry.
  package enum Finding: Sendable {
    /// The same as before, good or bad.
    case unchanged
    /// Another version, open and ready.
    case opened(ServedModel)
    /// The version in service all along is the one that should be, again.
    case recovered
    /// A version that can't be taken up, or none where there was one, with the reason for INFO and the log. What is
    /// served stays.
    case failed(Problem)
    /// The version that should be served can't be, for this reason. The newest earlier one that can be is served, or
    /// none if there is none.
    case fellBack(ServedModel?, Problem)
  }

  /// Why the version that should be in service is not.
  package struct Problem: Sendable, Equatable, CustomStringConvertible {
    /// The version; `nil` if it is unknown which it should be.
    package let version: Int?
    /// The error, for the log.
    package let error: ModelFileError

    package var description: String { "\(error)" }

    /// The problem without the paths of this machine, for any client.
    package var withoutPaths: String {
      (version.map { "version \($0)" } ?? "`current`") + ": \(error.problem)"
    }
  }

  /// The version that is served.
  private struct Served {
    let version: Int
    let manifest: Manifest
    /// The stamp of its files when they were last found to be what is served.
    var stamp: VersionStamp
    /// Whether it has been read through.
    var isChecked: Bool

    /// Returns whether this is `other`, looked at again.
    func isTheSame(as other: Served) -> Bool {
      manifest == other.manifest && stamp.isOfSameModelFiles(as: other.stamp)
    }
  }

  private let versions: ModelVersions
  private var served: Served?
  private var problem: Problem?
  /// The versions found damaged, with the stamps of their files at that time, and the errors.
  private var damaged: [Int: (stamp: VersionStamp, error: ModelFileError)] = [:]
  /// The versions last read through and found good, with the stamps of their files at that time: going back to one
  /// takes no reading.
  private var verified: [(version: Int, stamp: VersionStamp)] = []
  private static let verifiedLimit = 16

  /// Creates a watcher that has seen nothing yet.
  package init(_ versions: ModelVersions) { self.versions = versions }

  /// Takes the first look: opens the version in service, or the newest earlier one that opens, without reading it. Call
  /// ``check()`` next.
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

  /// Reads through what ``open()`` opened. If it is damaged, the newest undamaged version that was in service earlier
  /// replaces it, or none if there is none. Blocks: O(file size).
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

  /// Looks at the registry: one link and two files' stamps, unless something changed. A new version is first read
  /// through and prepared for fast answers, which blocks: O(file size). A version that can't be taken up is reported as
  /// failed only once, and tried again at every look; a damaged one, only when its files have changed. What ``check()``
  /// could not finish is done first.
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

  /// Returns whether `version` is the one served, and was found damaged in the very file that is mapped: another file
  /// under its name leaves the mapped one as it is.
  private func isAltered(_ version: Int?) -> Bool {
    guard let served, served.version == version, let damage = damaged[served.version] else {
      return false
    }
    return damage.stamp.isOfSameModelFiles(as: served.stamp)
      && (try? versions.manifest(of: served.version)) == served.manifest
  }

  /// Records that what is served is what should be.
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
          .missing, "it was removed after version \(served.version) was loaded",
          place: versions.currentPath,
          remedy: versions.wording(of: .promoteOrTrain))))
  }

  // MARK: - Failing

  /// Keeps what is served. Finds something to serve if nothing is, or if what stands in for the version in service is
  /// no longer there.
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

  /// Withdraws what is served, which is damaged.
  private mutating func withdraw(for found: Problem) -> Finding {
    (served, problem) = (nil, nil)
    let finding = fail(found)
    if case .failed(let problem) = finding { return .fellBack(nil, problem) }
    return finding
  }

  /// Returns whether to look for something that can be served in place of `version`.
  private func needsStandIn(for version: Int?) -> Bool {
    guard let served else { return true }
    guard let version, served.version != version else { return false }
    return damaged[version] != nil && served.stamp != versions.stamp(of: served.version)
  }

  /// Takes up the newest earlier version that opens and, if `isThorough`, is not damaged; returns `nil` if there is
  /// none. Throws if there may be one, but the system's resources do not suffice to tell.
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

  /// The stamp is taken first, so that files replaced meanwhile are looked at again next time.
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
