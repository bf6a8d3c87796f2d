import Foundation

/// The record of a nightly run. It is created before any work starts, rewritten at each step, and closed however the
/// run ends. An open record whose process is gone means that the run was killed.
package struct NightlyRun: Codable, Equatable, Sendable {
  /// The outcome of a run, or that it is still running.
  package enum Outcome: String, Codable, Sendable {
    case running
    /// A version was put in service.
    case published
    /// The model is identical to the one in service.
    case unchanged
    /// A version was written, as requested, without putting it in service.
    case written
    /// The quality gate refused the version.
    case refused
    case failed
    /// The process was asked to terminate.
    case interrupted
    /// The process ended without recording an outcome: it was killed, or the machine went down.
    case killed
  }

  /// A command that is part of a run.
  package struct Stage: Codable, Equatable, Sendable {
    /// The progress of a stage.
    package enum State: String, Codable, Sendable {
      case running
      case done
      case failed
      /// Already done by an earlier run that was interrupted.
      case doneBefore = "done-before"
    }

    /// The table of the configuration with its options: `import`, `train` ...
    package let name: String
    /// Its progress.
    package var state: State
    /// The number of attempts: more than one if the store was unavailable.
    package var attempts: Int
    /// Wall-clock seconds, including time spent waiting.
    package var seconds: Double
    /// The reason for the failure, or what it waits for; otherwise empty.
    package var note: String

    /// Creates a stage that begins now.
    package init(_ name: String, _ state: State = .running) {
      self.name = name
      self.state = state
      (attempts, seconds, note) = (0, 0, "")
    }
  }

  /// An attempt to notify somebody.
  package struct Notice: Codable, Equatable, Sendable {
    /// The channel: `command` or `webhook`.
    package let way: String
    /// The reason for the failure; nil on success.
    package let failure: String?

    /// Creates the record of a notification attempt.
    package init(way: String, failure: String?) {
      self.way = way
      self.failure = failure
    }
  }

  /// The number of the run, from 1 for each folder of models.
  package let number: Int
  /// The name of the model.
  package var modelName: String
  package var outcome = Outcome.running
  /// The times of the start and the end, in ISO 8601, UTC.
  package var startedAt: String
  /// The start of the first run in the chain of runs that this one resumes; its own start if it resumes none.
  package var workBegan: String
  package var endedAt: String?
  /// Wall-clock seconds so far.
  package var totalSeconds = 0.0
  /// The stages, in the order in which they began.
  package var stages: [Stage] = []
  /// The version that was written, or that is identical.
  package var version: Int?
  /// The outcome of the training; nil until it has ended.
  package var verdict: Outcome?
  /// The reason for a refusal or failure; otherwise empty, or what was overruled.
  package var reason = ""
  /// The metrics of the version on held-out ratings, by name. Those of other models are prefixed with the model's
  /// name.
  package var figures: [String: Double] = [:]
  /// The amounts of data: `ratings_read` ...
  package var counts: [String: Int] = [:]
  /// The names of the figures and counts shown in lists, in display order.
  package var mainFigures: [String] = []
  /// The first ``warningLimit`` warnings.
  package private(set) var warnings: [String] = []
  /// The number of the interrupted or killed run that this one resumes.
  package var resumes: Int?
  /// The path of the configuration file, and the SHA-256 of its contents.
  package var configuration: String
  package var configurationDigest: String
  package var host: String
  package var processID: Int32
  /// The program's version.
  package var latentVersion: String
  /// The notifications sent.
  package var notices: [Notice] = []

  /// Creates the record of a run that begins.
  package init(
    number: Int, modelName: String, startedAt: String, configuration: String,
    configurationDigest: String, host: String, processID: Int32, latentVersion: String
  ) {
    self.number = number
    self.modelName = modelName
    self.startedAt = startedAt
    workBegan = startedAt
    self.configuration = configuration
    self.configurationDigest = configurationDigest
    self.host = host
    self.processID = processID
    self.latentVersion = latentVersion
  }

  /// The maximum number of warnings kept, and the maximum number of characters of each.
  package static let warningLimit = 50
  private static let warningLength = 1000

  /// Appends a warning, truncated, unless the limit has been reached.
  package mutating func warn(_ text: String) {
    if warnings.count < Self.warningLimit {
      warnings.append(String(text.prefix(Self.warningLength)))
    }
  }

  /// Returns the stage called `name`, or nil if it has not begun.
  package func stage(_ name: String) -> Stage? { stages.last { $0.name == name } }

  /// Returns the record as one line of JSON with sorted keys.
  package func encodedJSON() -> String {
    guard let data = try? RecordCoding.encoder().encode(self) else {
      preconditionFailure("texts and numbers can be written as JSON")
    }
    return String(decoding: data, as: UTF8.self)
  }
}
