import Errors
import ModelRegistry
import Publishing
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
  init(among versions: ModelVersions, for gate: QualityGate?, _ display: TrainingDisplay) {
    let flaw: ModelFileError
    do throws(ModelFileError) {
      let version = try versions.current()
      opened = if let version { try Self.open(version, versions) } else { nil }
      rival = .inService
      return
    } catch { flaw = error }
    let problem = "the model in service is damaged"
    let standIn = gate == nil ? nil : Self.standIn(versions)
    opened = standIn
    rival = standIn.map { .standIn($0.manifest.version) } ?? .none
    if let standIn {
      display.warn(
        "\(problem), and the new one is compared with version \(standIn.manifest.version), which "
          + "stands in for it: \(flaw)")
    } else if gate != nil {
      display.warn("\(problem), and no earlier version is whole to compare with: \(flaw)")
    } else {
      display.warn("\(problem): \(flaw)")
    }
  }

  private static func standIn(
    _ versions: ModelVersions
  ) -> (model: any ScoredModel, manifest: Manifest)? {
    do throws(ModelFileError) {
      guard let version = try versions.standIn() else {
        return nil
      }
      return try open(version, versions)
    } catch {
      return nil
    }
  }

  private static func open(
    _ version: Int, _ versions: ModelVersions
  ) throws(ModelFileError) -> (model: any ScoredModel, manifest: Manifest) {
    try versions.verify(version)
    return (try versions.openModel(version), try versions.manifest(of: version))
  }
}
