package import Foundation

/// The record of a training of any kind of model: kept with the model and, as JSON, wherever else runs are recorded.
package struct TrainingRun: Equatable, Sendable, Codable {
  /// The outcome of a training.
  package enum Outcome: String, Sendable, Codable {
    /// A version was written but not put in service by this run.
    case written
    /// A version was written and put in service.
    case published
    /// The model is identical, byte for byte, to the one in service: no version was written.
    case unchanged
    /// The quality gate refused to put the version in service.
    case refused
    /// Training stopped: divergence, NaN, or another failure.
    case failed
  }

  /// The name of the model, and the version written, if any.
  package var modelName: String
  package var version: Int?
  /// The kind of model: `dot-bias`, `popularity` ...
  package var kind: String
  package var outcome: Outcome
  /// The start of the run, in ISO 8601, UTC.
  package var startedAt: String
  /// The wall-clock seconds by stage (`reading`, `training` ...), and of the whole run.
  package var seconds: [String: Double]
  package var totalSeconds: Double
  /// The SHA-256 of the data in canonical order, in hexadecimal.
  package var dataFingerprint: String
  /// The amounts of data, by name: `ratings_read`, `ratings_held_out` ...
  package var counts: [String: Int]
  /// The requested parameters, by command-line name.
  package var parameters: [String: String]
  /// The requested publishing options, by command-line name; nil if the version was not to go into service, and in
  /// records of earlier versions of Latent.
  package var publishing: [String: String]?
  /// The reasons for a refusal that the policy overruled (`--force`, `--max-age`); nil if there were none.
  package var overruled: [String]?
  /// The kinds of the models: one, or one that ranks and one that predicts.
  package var kinds: [String] { [kind, parameters["predictor"]].compactMap(\.self) }
  /// The metrics on the held-out data, by name: `rmse`, `ndcg@10` ... Those of another model are prefixed with its
  /// name, as in `popularity.rmse`.
  package var metrics: [String: Figure]
  /// The losses by epoch of each model trained in epochs, by kind; nil if there are none, and in records of earlier
  /// versions of Latent.
  package var losses: [String: [EpochLosses]]?
  /// The names of the metrics and counts shown in lists of versions, in display order.
  package var mainMetrics: [String]
  package var threadCount: Int
  /// The version of the program.
  package var latentVersion: String
  /// The trials of a search for options, in order; nil if there was no search.
  package var trials: [OptionTrial]?
  /// The reason for a refusal or failure, or the identical version; otherwise empty.
  package var note: String

  /// The value of a metric for a model.
  package struct Figure: Equatable, Sendable, Codable {
    package var value: Double
    /// The direction in which the metric improves; nil if not recorded.
    package var better: MetricDirection?

    /// Creates a value of a metric that improves in the direction `better`.
    package init(_ value: Double, better: MetricDirection?) {
      self.value = value
      self.better = better
    }
  }

  package init(
    modelName: String, version: Int? = nil, kind: String, outcome: Outcome, startedAt: String,
    seconds: [String: Double] = [:], totalSeconds: Double = 0, dataFingerprint: String = "",
    counts: [String: Int] = [:], parameters: [String: String] = [:],
    metrics: [String: Figure] = [:], mainMetrics: [String] = [], threadCount: Int,
    latentVersion: String, note: String = ""
  ) {
    self.modelName = modelName
    self.version = version
    self.kind = kind
    self.outcome = outcome
    self.startedAt = startedAt
    self.seconds = seconds
    self.totalSeconds = totalSeconds
    self.dataFingerprint = dataFingerprint
    self.counts = counts
    self.parameters = parameters
    self.metrics = metrics
    self.mainMetrics = mainMetrics
    self.threadCount = threadCount
    self.latentVersion = latentVersion
    self.note = note
  }
}

/// The direction in which a metric improves.
package enum MetricDirection: String, Sendable, Codable {
  case lower
  case higher
}

extension TrainingRun {
  /// Returns the record as a JSON object with sorted keys. Non-finite metrics, as a failed run may have, are written
  /// as the strings `nan`, `inf` or `-inf`.
  package func encodedJSON() -> String {
    guard let data = try? RecordCoding.encoder().encode(self) else {
      preconditionFailure("texts and numbers can be written as JSON")
    }
    return String(decoding: data, as: UTF8.self)
  }
}

/// The JSON encoding of run records and manifests.
package enum RecordCoding {
  /// Returns an encoder that sorts keys and writes non-finite numbers as strings.
  package static func encoder(_ formatting: JSONEncoder.OutputFormatting = []) -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return encoder
  }

  /// Returns a decoder for the output of ``encoder(_:)``.
  package static func decoder() -> JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }
}
