/// The manifests and run records of Latent 0.1: models of ratings only, one file per version.
enum Version01 {
  /// A manifest in format 1.
  struct Manifest: Decodable {
    let format: Int
    let name: String
    let version: Int
    let kind: String
    let createdAt: String
    let latentVersion: String
    let sha256: String
    let byteCount: Int
    let run: Run
    let scrubbing: Scrubbing?
  }

  /// The record of a run, stored with a model or in a store.
  struct Run: Decodable {
    let modelName: String
    let version: Int?
    let modelKind: String
    let outcome: TrainingRun.Outcome
    let startedAt: String
    let readSeconds: Double
    let fitSeconds: Double
    let totalSeconds: Double
    let dataFingerprint: String
    let ratingCount: Int
    let heldOutCount: Int
    let userCount: Int
    let itemCount: Int
    let parameters: [String: String]
    let metrics: [String: Double]
    let threadCount: Int
    let latentVersion: String
    let note: String
  }
}

extension Manifest {
  /// Converts a manifest in format 1.
  init(_ old: Version01.Manifest) {
    self.init(
      format: old.format, name: old.name, version: old.version, kind: old.kind,
      createdAt: old.createdAt, latentVersion: old.latentVersion,
      files: [File(.main, FileDigest(sha256: old.sha256, byteCount: old.byteCount))],
      run: TrainingRun(old.run), scrubbing: old.scrubbing)
  }
}

extension TrainingRun {
  /// Converts a run record of version 0.1.
  init(_ old: Version01.Run) {
    self.init(
      modelName: old.modelName, version: old.version, kind: old.modelKind, outcome: old.outcome,
      startedAt: old.startedAt,
      seconds: ["reading": old.readSeconds, "training": old.fitSeconds],
      totalSeconds: old.totalSeconds, dataFingerprint: old.dataFingerprint,
      counts: [
        "ratings_read": old.ratingCount, "ratings_held_out": old.heldOutCount,
        "users_read": old.userCount, "items_read": old.itemCount,
      ],
      parameters: old.parameters, metrics: old.metrics.mapValues { Figure($0, better: nil) },
      mainMetrics: ["rmse", "ndcg@10", "ratings_read"], threadCount: old.threadCount,
      latentVersion: old.latentVersion, note: old.note)
  }
}
