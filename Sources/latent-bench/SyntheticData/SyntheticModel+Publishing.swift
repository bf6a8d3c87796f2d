import ModelRegistry
import Publishing
import Ratings
import Recommenders

extension SyntheticModel {
  /// Puts the model in service in the registry at `folder`, as a training does, and answers the path
  /// of its file.
  func publish(in folder: String) throws -> String {
    try Self.publish(contents(), in: folder) { _ in }
  }

  /// The same of contents that are at hand; `announce` is told the version's number before it is put
  /// in service.
  static func publish(
    _ contents: FactorModelContents, in folder: String, announce: (Int) throws -> Void
  ) throws -> String {
    let publisher = try Publisher(
      of: try ModelName("recommender"), in: ModelRegistry(folder, forms: .recommenders),
      command: "latent-bench")
    let manifest = try publisher.stage(contents).commit(
      TrainingRun(
        modelName: "recommender", modelKind: "dot-bias", outcome: .written,
        startedAt: Timestamp.now.description, dataFingerprint: "", ratingCount: 0, heldOutCount: 0,
        userCount: contents.catalogue.users.count, itemCount: contents.catalogue.items.count,
        threadCount: 1, latentVersion: "bench"))
    try announce(manifest.version)
    try publisher.promote(manifest.version)
    return publisher.versions.modelPath(of: manifest.version)
  }
}
