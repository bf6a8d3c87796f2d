/// The record of one training, kept in the store and beside the model it made.
package struct TrainingRun: Equatable, Sendable, Codable {
  /// How a training ended.
  package enum Outcome: String, Sendable, Codable {
    /// A version was written; it is not in service because of this run.
    case written
    /// A version was written and put in service.
    case published
    /// The model came out the same, byte for byte, as the one in service: no version was written.
    case unchanged
    /// The quality gate refused to put the version in service.
    case refused
    /// Training stopped: divergence, NaN, or another failure.
    case failed
  }

  /// The name the model goes by, and the version written, if one was.
  package var modelName: String
  package var version: Int?
  /// The kind of model: `dot-bias`, `popularity` ...
  package var modelKind: String
  package var outcome: Outcome
  /// When the run began, in ISO 8601, UTC.
  package var startedAt: String
  /// Wall-clock seconds: reading the ratings, training alone, and the whole run.
  package var readSeconds: Double
  package var fitSeconds: Double
  package var totalSeconds: Double
  /// SHA-256 of the ratings in canonical order (see Interactions), in hexadecimal.
  package var dataFingerprint: String
  /// The number of ratings read, and how many of them were held out.
  package var ratingCount: Int
  package var heldOutCount: Int
  package var userCount: Int
  package var itemCount: Int
  /// What was asked for, by the command line's names.
  package var parameters: [String: String]
  /// What was measured on the held-out ratings: `rmse`, `ndcg@10` ...; the baselines' figures stand
  /// under `popularity.rmse` and so on.
  package var metrics: [String: Double]
  package var threadCount: Int
  /// The program's version.
  package var latentVersion: String
  /// The reason for a refusal or failure, or which version nothing changed since; else empty.
  package var note: String

  package init(
    modelName: String, version: Int? = nil, modelKind: String, outcome: Outcome, startedAt: String,
    readSeconds: Double = 0, fitSeconds: Double = 0, totalSeconds: Double = 0,
    dataFingerprint: String, ratingCount: Int, heldOutCount: Int, userCount: Int, itemCount: Int,
    parameters: [String: String] = [:], metrics: [String: Double] = [:], threadCount: Int,
    latentVersion: String, note: String = ""
  ) {
    self.modelName = modelName
    self.version = version
    self.modelKind = modelKind
    self.outcome = outcome
    self.startedAt = startedAt
    self.readSeconds = readSeconds
    self.fitSeconds = fitSeconds
    self.totalSeconds = totalSeconds
    self.dataFingerprint = dataFingerprint
    self.ratingCount = ratingCount
    self.heldOutCount = heldOutCount
    self.userCount = userCount
    self.itemCount = itemCount
    self.parameters = parameters
    self.metrics = metrics
    self.threadCount = threadCount
    self.latentVersion = latentVersion
    self.note = note
  }
}
