import Errors
import ModelRegistry
import Recommenders

extension ModelOptions {
  /// The versions of the model that is meant, which need not exist.
  func versions() throws(ModelFileError) -> ModelVersions {
    registry.versions(of: try ModelName(name))
  }

  /// The number of the version in service; fails with a remedy when there is none.
  func versionInService() throws -> Int {
    let versions = try versions()
    guard let version = try versions.current() else {
      throw CommandFailure(
        "no version of \(name) in \(folder) is in service",
        remedy: "Train one with `\(versions.command("train --publish"))`, or promote one of "
          + "`\(versions.command("models list"))`.")
    }
    return version
  }

  /// The model in service, opened.
  func openModelInService() throws -> any ScoredModel {
    try versions().openModel(versionInService())
  }
}
