package import Foundation

/// The record of one training, of a model of whatever kind: kept beside the model that it made and,
/// as JSON, wherever else runs are recorded.
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
  package var kind: String
  package var outcome: Outcome
  /// When the run began, in ISO 8601, UTC.
  package var startedAt: String
  /// Wall-clock seconds by stage (`reading`, `training` ...), and those of the whole run.
  package var seconds: [String: Double]
  package var totalSeconds: Double
  /// SHA-256 of the data in canonical order, in hexadecimal.
  package var dataFingerprint: String
  /// How much data there was, by what was counted: `ratings_read`, `ratings_held_out` ...
  package var counts: [String: Int]
  /// What was asked for, by the command line's names.
  package var parameters: [String: String]
  /// What was asked for of putting the version in service, by the command line's names; nil where it was not to
  /// go there, and in the records of versions before.
  package var publishing: [String: String]?
  /// Why it would have been refused, had the policy not let it pass (`--force`, `--max-age`); nil where nothing
  /// spoke against it.
  package var overruled: [String]?
  /// The kinds of its models: one, or one that ranks and one that predicts.
  package var kinds: [String] { [kind, parameters["predictor"]].compactMap(\.self) }
  /// What was measured on the data that was held out, by name: `rmse`, `ndcg@10` ...; the figures
  /// of another model stand behind its name, as in `popularity.rmse`.
  package var metrics: [String: Figure]
  /// How the losses of each model that was learned in passes went, by its kind; nil without any, and in the
  /// records of versions before.
  package var losses: [String: [EpochLosses]]?
  /// The names of the metrics and counts that lists of versions show, in their order.
  package var mainMetrics: [String]
  package var threadCount: Int
  /// The program's version.
  package var latentVersion: String
  /// What a search for options tried, in this order; nil where there was none.
  package var trials: [OptionTrial]?
  /// The reason for a refusal or failure, or which version nothing changed since; else empty.
  package var note: String

  /// What a model is worth by a metric.
  package struct Figure: Equatable, Sendable, Codable {
    package var value: Double
    /// Which figures of the metric are better; nil where that was not recorded.
    package var better: MetricDirection?

    /// A figure of a metric of which those that are `better` are better.
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

/// Which of two figures of a metric is better.
package enum MetricDirection: String, Sendable, Codable {
  case lower
  case higher
}

extension TrainingRun {
  /// The record as one JSON object, keys in order. A figure that is not finite, as a failed run may
  /// have, is written as the text `nan`, `inf` or `-inf`.
  package func encodedJSON() -> String {
    guard let data = try? RecordCoding.encoder().encode(self) else {
      preconditionFailure("texts and numbers can be written as JSON")
    }
    return String(decoding: data, as: UTF8.self)
  }
}

/// How records of runs and manifests stand in JSON.
package enum RecordCoding {
  /// Keys in order; numbers that are not finite as texts.
  package static func encoder(_ formatting: JSONEncoder.OutputFormatting = []) -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return encoder
  }

  /// Reads what ``encoder(_:)`` wrote.
  package static func decoder() -> JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }
}
