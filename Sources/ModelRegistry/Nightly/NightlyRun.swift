import Foundation

/// The record of one nightly run: begun before anything is done, written anew at each step, and closed whatever happens. One
/// that is open and whose process is gone was killed.
package struct NightlyRun: Codable, Equatable, Sendable {
  /// How a run ended, or that it has not.
  package enum Outcome: String, Codable, Sendable {
    case running
    /// A version was put in service.
    case published
    /// The model came out the same as the one in service.
    case unchanged
    /// A version was written, and was not to go in service.
    case written
    /// The quality gate refused the version.
    case refused
    case failed
    /// The process was told to end.
    case interrupted
    /// The process ended without a word: it was killed, or the machine went down.
    case killed
  }

  /// One of the commands that a run is made of.
  package struct Stage: Codable, Equatable, Sendable {
    /// How far it is.
    package enum State: String, Codable, Sendable {
      case running
      case done
      case failed
      /// An earlier run, which was interrupted, had done it.
      case doneBefore = "done-before"
    }

    /// The configuration's table that has its options: `import`, `train` ...
    package let name: String
    /// How far it is.
    package var state: State
    /// How often it was begun: more than once where the store was away.
    package var attempts: Int
    /// Wall-clock seconds, those of waiting among them.
    package var seconds: Double
    /// Why it failed, or what it waits for; else empty.
    package var note: String

    /// A stage that begins.
    package init(_ name: String, _ state: State = .running) {
      self.name = name
      self.state = state
      (attempts, seconds, note) = (0, 0, "")
    }
  }

  /// That somebody was told, or could not be.
  package struct Notice: Codable, Equatable, Sendable {
    /// How: `command` or `webhook`.
    package let way: String
    /// Why it failed; nil where it did not.
    package let failure: String?

    /// A notice that was tried.
    package init(way: String, failure: String?) {
      self.way = way
      self.failure = failure
    }
  }

  /// Counted from 1 for each folder of models.
  package let number: Int
  /// The name that the model goes by.
  package var modelName: String
  package var outcome = Outcome.running
  /// When it began and ended, in ISO 8601, UTC.
  package var startedAt: String
  /// When the first of the runs began that this one goes on with; else when it began itself.
  package var workBegan: String
  package var endedAt: String?
  /// Wall-clock seconds so far.
  package var totalSeconds = 0.0
  /// In the order in which they began.
  package var stages: [Stage] = []
  /// The version that was written, or that is the same.
  package var version: Int?
  /// What became of it; nil until the training has ended.
  package var verdict: Outcome?
  /// Why it was refused or failed; else empty, or what was let pass.
  package var reason = ""
  /// What was measured of the version on held-out ratings, by name, and of others behind their names.
  package var figures: [String: Double] = [:]
  /// How much data there was: `ratings_read` ...
  package var counts: [String: Int] = [:]
  /// The names of the figures and counts that lists show, in their order.
  package var mainFigures: [String] = []
  /// What was warned of: the first ``warningLimit``.
  package private(set) var warnings: [String] = []
  /// The run that was interrupted, or killed, and is gone on with.
  package var resumes: Int?
  /// The file of the configuration, and SHA-256 of what it says.
  package var configuration: String
  package var configurationDigest: String
  package var host: String
  package var processID: Int32
  /// The program's version.
  package var latentVersion: String
  /// Who was told.
  package var notices: [Notice] = []

  /// A run that begins.
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

  /// The most warnings that are kept, and the most characters of each.
  package static let warningLimit = 50
  private static let warningLength = 1000

  /// Keeps what was warned of, as far as there is room.
  package mutating func warn(_ text: String) {
    if warnings.count < Self.warningLimit {
      warnings.append(String(text.prefix(Self.warningLength)))
    }
  }

  /// The stage of that name; nil where it has not begun.
  package func stage(_ name: String) -> Stage? { stages.last { $0.name == name } }

  /// The record as one line of JSON, keys in order.
  package func encodedJSON() -> String {
    guard let data = try? RecordCoding.encoder().encode(self) else {
      preconditionFailure("texts and numbers can be written as JSON")
    }
    return String(decoding: data, as: UTF8.self)
  }
}
