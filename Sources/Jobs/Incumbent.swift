import Errors
import Evaluation
import ModelRegistry
import Recommenders

/// The model that a new one has to be better than: the one in service or, where that is damaged, the
/// newest earlier version that is whole, which the daemon serves in its place.
struct Incumbent {
  /// The model and its manifest; nil when there is none.
  let opened: (model: any ScoredModel, manifest: Manifest)?
  /// Whether it is the one in service.
  let rival: QualityGate.Rival

  /// What it is called among the results.
  var name: String {
    switch rival {
    case .inService, .none: "in service"
    case .standIn(let version): "version \(version)"
    }
  }

  /// Looks for it among `versions`, and for one that stands in only if a `gate` is to compare. A model
  /// in service that is damaged is warned of and no failure: a nightly job must not stop at it.
  init(
    among versions: ModelVersions, for gate: QualityGate?, report: (JobEvent) -> Void
  ) {
    let flaw: ModelFileError
    do throws(ModelFileError) {
      let version = try versions.current()
      opened = if let version { try Self.open(version, versions) } else { nil }
      rival = .inService
      return
    } catch { flaw = error }
    opened = gate == nil ? nil : Self.standIn(versions)
    rival = opened.map { .standIn($0.manifest.version) } ?? .none
    report(
      .warning(
        .damagedInService(
          standIn: opened?.manifest.version, isCompared: gate != nil, flaw: flaw)))
  }

  private static func standIn(
    _ versions: ModelVersions
  ) -> (model: any ScoredModel, manifest: Manifest)? {
    guard let version = try? versions.standIn() else { return nil }
    return try? open(version, versions)
  }

  /// A version with its manifest, once its files are what was published.
  static func open(
    _ version: Int, _ versions: ModelVersions
  ) throws(ModelFileError) -> (model: any ScoredModel, manifest: Manifest) {
    try versions.verify(version)
    return (try versions.openModel(version), try versions.manifest(of: version))
  }
}
