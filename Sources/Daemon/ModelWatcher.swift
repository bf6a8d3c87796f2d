import ExplainedErrors
import FactorModels
package import ModelFiles

/// Follows which version of a model is in service, one look at a time; the caller says when.
///
/// At the start a version is only opened, which takes no time however large it is, and read through
/// afterwards, by ``check()``. A version that comes later is read through before it is taken up.
package struct ModelWatcher: Sendable {
  /// What a look at the registry found.
  package enum Finding: Sendable {
    /// What it was before, good or bad.
    case unchanged
    /// Another version, open and ready.
    case opened(RecommenderAnswers)
    /// The version that was in service all along is the one that should be, again.
    case recovered
    /// A version that can't be taken up, or none where there was one: why, for INFO and the log.
    /// What is served stays.
    case failed(String)
    /// The version that should be served can't be, for this reason: the newest earlier one that can
    /// is, or none when there is none.
    case fellBack(RecommenderAnswers?, String)
  }

  private let versions: ModelVersions
  private var servedVersion: Int?
  /// Whether what is served has been read through.
  private var isChecked = true
  private var problem: String?
  /// A version that was found damaged, and its files as they were then.
  private var damaged: (version: Int, stamp: FileStamp)?

  /// A watcher that has seen nothing yet.
  package init(_ versions: ModelVersions) { self.versions = versions }

  /// The first look: opens the version in service, or the newest earlier one that opens, without
  /// reading it. ``check()`` is owed then.
  package mutating func open() -> Finding {
    do throws(ModelFileError) {
      guard let current = try versions.current() else { return .unchanged }
      let model = try open(current)
      (servedVersion, isChecked) = (current, false)
      return .opened(model)
    } catch {
      problem = "\(error)"
      return fallBack(isThorough: false) ?? .failed("\(error)")
    }
  }

  /// Reads through what ``open()`` opened. If it is damaged, the newest earlier version in service
  /// that is not takes its place, and none if there is none. Blocks: O(file size).
  package mutating func check() -> Finding {
    guard let servedVersion, !isChecked else { return .unchanged }
    isChecked = true
    do throws(ModelFileError) {
      try verify(servedVersion)
      return .unchanged
    } catch {
      problem = "\(error)"
      self.servedVersion = nil
      return fallBack(isThorough: true) ?? .fellBack(nil, "\(error)")
    }
  }

  /// Looks at the registry: one link, unless it changed. A new version is read through and made
  /// ready for fast answers first, which blocks: O(file size). One that can't be taken up is found
  /// to have failed only once, and tried again at every look; one that is damaged, only when its
  /// files have changed.
  package mutating func look() -> Finding {
    do throws(ModelFileError) {
      let current = try versions.current()
      guard let current else {
        guard let servedVersion else { return .unchanged }
        return fail("`current` is gone since version \(servedVersion) was taken up")
      }
      guard current != servedVersion else {
        let hadProblem = problem != nil
        problem = nil
        return hadProblem ? .recovered : .unchanged
      }
      if let damaged, damaged.version == current, damaged.stamp == versions.stamp(of: current) {
        return .unchanged
      }
      let model = try openThoroughly(current)
      (servedVersion, isChecked) = (current, true)
      problem = nil
      return .opened(model)
    } catch {
      return fail("\(error)")
    }
  }

  private mutating func fail(_ description: String) -> Finding {
    guard problem != description else { return .unchanged }
    problem = description
    let nothingIsServed = servedVersion == nil
    return nothingIsServed
      ? fallBack(isThorough: true) ?? .failed(description) : .failed(description)
  }

  /// Serves the newest earlier version that opens, and, if `isThorough`, is not damaged; nil when
  /// there is none.
  private mutating func fallBack(isThorough: Bool) -> Finding? {
    guard let problem, let candidates = try? versions.rollbackCandidates() else { return nil }
    for version in candidates where version != damaged?.version {
      guard let model = isThorough ? try? openThoroughly(version) : try? open(version) else {
        continue
      }
      (servedVersion, isChecked) = (version, isThorough)
      return .fellBack(model, problem)
    }
    return nil
  }

  private mutating func openThoroughly(_ version: Int) throws(ModelFileError) -> RecommenderAnswers
  {
    try verify(version)
    let model = try open(version)
    model.prepare()
    return model
  }

  private mutating func verify(_ version: Int) throws(ModelFileError) {
    let stamp = versions.stamp(of: version)
    do throws(ModelFileError) {
      try versions.verifyWithContents(version)
    } catch {
      // What the system would not do now it may do the next time.
      if error.code != .inputOutput, error.code != .permissionDenied { damaged = (version, stamp) }
      throw error
    }
  }

  private func open(_ version: Int) throws(ModelFileError) -> RecommenderAnswers {
    let manifest = try versions.manifest(of: version)
    let model = try versions.openModel(version)
    let facts = ModelFacts(
      name: versions.name.text, version: version, kind: model.kind, userCount: model.userCount,
      itemCount: model.itemCount, createdAt: manifest.createdAt,
      inServiceSince: try versions.inServiceSince(version))
    return RecommenderAnswers(model: model, facts: facts)
  }
}
