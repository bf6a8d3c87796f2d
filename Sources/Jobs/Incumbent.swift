import Evaluation
import Foundation
import ModelRegistry
import Ratings

extension Manifest {
  /// Whether the version is of the same judged models as `staged` to the byte and, where those were fitted
  /// again to all ratings, of the same ratings.
  func isSame(as staged: StagedVersion, fingerprint: String) -> Bool {
    let roles = [ModelRole.main, .predictor]
    return roles.allSatisfy { digest(of: judgedRole(of: $0)) == staged.digest(of: $0.judged) }
      && (!isRefitted || run.dataFingerprint == fingerprint)
  }

  /// Whether what is served was fitted again to all ratings.
  var isRefitted: Bool { judgedRole() != .main }
}

/// The model that a new one must not be worse than: the one in service or, where that is damaged, the
/// newest earlier version that is whole, which the daemon serves in its place.
struct Incumbent {
  /// nil when there is none.
  let version: ComparedVersion?
  /// The state of the one in service.
  let state: State
  /// For how long that has been in service; nil when it is not known.
  let age: Duration?

  enum State: Sendable, Equatable {
    /// It is ``version``, if there is one.
    case whole
    /// It is damaged, and ``version`` is served in its place.
    case standIn(Int)
    /// It is damaged, and no earlier version could be served.
    case damaged
  }

  /// What it is called among the results.
  var name: String {
    if case .standIn(let version) = state { "version \(version)" } else { "in service" }
  }

  /// What it is called beside its figure.
  var description: String {
    if case .standIn(let version) = state {
      "version \(version), which stands in for the model in service, as that is damaged"
    } else {
      "the model in service"
    }
  }

  /// Looks for it among `versions`, and for one that stands in only if it `isCompared`. A model in
  /// service that is damaged is warned of and no failure: a nightly job must not stop at it.
  init(among versions: ModelVersions, isCompared: Bool, report: (JobEvent) -> Void) {
    let flaw: ModelFileError
    do throws(ModelFileError) {
      let current = try versions.current()
      let opened =
        if let current { try ComparedVersion(current, of: versions) } else {
          nil as ComparedVersion?
        }
      let since = if let current { try versions.inServiceSince(current) } else { nil as String? }
      (version, state, age) = (opened, .whole, since.flatMap(Self.age))
      return
    } catch { flaw = error }
    version = isCompared ? Self.standIn(versions) : nil
    state = version.map { .standIn($0.manifest.version) } ?? .damaged
    age = nil
    report(
      .warning(
        .damagedInService(
          standIn: version?.manifest.version, isCompared: isCompared, flaw: flaw)))
  }

  private static func standIn(_ versions: ModelVersions) -> ComparedVersion? {
    guard let version = try? versions.standIn() else { return nil }
    return try? ComparedVersion(version, of: versions)
  }

  /// How long ago `time` was, in ISO 8601; nil for what is no time.
  static func age(_ time: String) -> Duration? {
    (try? Date(time, strategy: .iso8601)).map { .seconds(Date.now.timeIntervalSince($0)) }
  }
}

extension ModelVersions {
  /// The version that was judged best by `metric` of those written within `period`, with the same
  /// ratings held out and, where that is an error, of values taken to the same, that were not refused and can be opened: quality can't slide by a little each
  /// night, too little to be told from chance, while what was best is compared with. nil when there is
  /// none, or it is `other`.
  func bestOfLate(
    by metric: Metric, within period: Duration, split: [String: String],
    transform: ValueTransform, besides other: Int?
  ) -> ComparedVersion? {
    let judged = ((try? all()) ?? []).compactMap { try? manifest(of: $0) }.filter { manifest in
      manifest.run.outcome != .refused && manifest.run.metrics[metric.name] != nil
        && (manifest.transform == transform || !metric.isOfPredictions)
        && split.allSatisfy { manifest.run.parameters[$0] == $1 }
        && (Incumbent.age(manifest.run.startedAt).map { $0 <= period } ?? false)
    }
    func figure(_ manifest: Manifest) -> Double { manifest.run.metrics[metric.name]?.value ?? .nan }
    for best in judged.sorted(by: { metric.isBetter(figure($0), than: figure($1)) }) {
      if best.version == other { return nil }
      if let version = try? ComparedVersion(best.version, of: self) { return version }
    }
    return nil
  }
}
