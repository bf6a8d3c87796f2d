import Errors
import Foundation
import ModelRegistry
import TensorCore

/// A store for the state of a ``TrainingLoop``, to resume from after an interruption.
package protocol CheckpointStore: AnyObject {
  /// Returns the state to resume from, or nil to start from scratch. Called once, before the first step.
  func load() throws(TrainingError) -> SavedState?
  /// Returns whether to save a state at the end of the current epoch.
  func isDue() -> Bool
  /// Saves a state, replacing the previous one.
  func save(_ state: SavedState) throws(TrainingError)
}

/// Stores a training's state in a safetensors file, which is replaced by an atomic rename.
///
///     let file = CheckpointFile(path, of: ["data": fingerprint, "seed": "0"], resumes: true)
///     let learner = Learner(model, batchSize: 64, order: order, checkpoints: file)
///
/// The header's metadata identify the training, which must match for resuming, and record its progress. A digest of
/// everything in the file follows the tensors and is checked before anything is restored. Files written by version 0.1
/// can be read.
package final class CheckpointFile: CheckpointStore {
  /// What identifies a training: its data and options, by name.
  package typealias Identity = [String: String]
  /// The keys of the data's fingerprint and of the kind of model in an ``Identity``.
  package static let dataName = "data"
  package static let modelName = "model"

  private let path: String
  private let identity: Identity
  private let resumes: Bool
  private let currentName: (String) -> String
  private let leastInterval: Duration
  private let clock = ContinuousClock()
  private var lastSaved: ContinuousClock.Instant

  /// Creates a store for the file at `path`.
  ///
  /// - Parameters:
  ///   - resumes: Whether to resume from an existing file; otherwise it is replaced.
  ///   - currentName: Maps the name of a kind of model, which may since have been renamed, to its current name.
  ///   - leastInterval: The minimum time between saves, and from the start to the first. That much work may be
  ///     lost, and short trainings write nothing.
  package init(
    _ path: String, of identity: Identity, resumes: Bool,
    currentName: @escaping (String) -> String = { $0 }, leastInterval: Duration = .seconds(1)
  ) {
    self.path = path
    self.identity = identity
    self.resumes = resumes
    self.currentName = currentName
    self.leastInterval = leastInterval
    lastSaved = clock.now
  }

  /// Whether the file exists.
  package var isThere: Bool { FileManager.default.fileExists(atPath: path) }

  /// Returns the state in the file, or nil if there is none or it is not to be resumed.
  ///
  /// Throws ``TrainingError`` `badState` if the file is damaged or belongs to another training, naming the differences;
  /// `inputOutput` if it can't be read.
  package func load() throws(TrainingError) -> SavedState? {
    resumes && isThere ? try read() : nil
  }

  /// Returns why the training in the file can't be resumed, or nil if it can.
  package func obstacle() -> TrainingError? {
    do throws(TrainingError) { _ = try read() } catch { return error }
    return nil
  }

  private func read() throws(TrainingError) -> SavedState {
    let state: SavedState
    let format: String
    do throws(ModelFileError) {
      let file = try whole { () throws(ModelFileError) in try SafetensorsFile(path) }
      format = try checkedFormat(file)
      try checkIdentity(file)
      state = try whole { () throws(ModelFileError) in
        try CheckpointContents(verifying: file).state
      }
    } catch {
      throw TrainingError(error)
    }
    return format == Self.firstFormat ? try state.upgradedFromFormat1() : state
  }

  /// Returns whether the minimum interval has passed.
  package func isDue() -> Bool { clock.now - lastSaved >= leastInterval }

  /// Writes the state to a file beside the existing one, then renames it. Throws `inputOutput` if that fails, for
  /// example on a full disk; the existing file is kept.
  package func save(_ state: SavedState) throws(TrainingError) {
    let contents = CheckpointContents(state: state)
    var metadata = [Self.formatKey: Self.format]
    for (name, value) in identity { metadata[Self.identityPrefix + name] = value }
    // For people only; the values that count are among the texts.
    for name in ["epoch", "step"] { metadata[name] = state.texts[name] }
    do throws(ModelFileError) {
      try SafetensorsWriter.write(contents.outgoing(metadata), metadata: metadata, to: path)
    } catch {
      throw TrainingError(error)
    }
    lastSaved = clock.now
  }

  private static let formatKey = "latent.checkpoint"
  private static let format = "2"
  /// The format of version 0.1.
  private static let firstFormat = "1"
  private static let identityPrefix = "training."

  /// Returns the result of `read`. Errors about the file's contents are reported as a damaged checkpoint.
  private func whole<Result>(
    _ read: () throws(ModelFileError) -> Result
  ) throws(ModelFileError) -> Result {
    do throws(ModelFileError) { return try read() } catch {
      guard !error.code.isOfTheSystem else { throw error }
      throw ModelFileError(
        error.code, "the checkpoint is damaged: \(error.problem)", place: path,
        remedy: "It can't be resumed.")
    }
  }

  private func checkedFormat(_ file: SafetensorsFile) throws(ModelFileError) -> String {
    guard let format = file.metadata[Self.formatKey] else {
      throw ModelFileError(
        .foreign, "it is not a training checkpoint", place: path, remedy: "Move it away.")
    }
    guard [Self.format, Self.firstFormat].contains(format) else {
      throw ModelFileError(
        .tooNew, "its checkpoint format is \(format), and this Latent reads up to \(Self.format)",
        place: path,
        remedy: "Resume it with the Latent that wrote it.")
    }
    return format
  }

  private func checkIdentity(_ file: SafetensorsFile) throws(ModelFileError) {
    var theirs: Identity = [:]
    for (name, value) in file.metadata where name.hasPrefix(Self.identityPrefix) {
      theirs[String(name.dropFirst(Self.identityPrefix.count))] = value
    }
    theirs[Self.modelName] = theirs[Self.modelName].map(currentName)
    let different = Set(identity.keys).union(theirs.keys).filter { identity[$0] != theirs[$0] }
      .sorted { $0 == Self.modelName || ($1 != Self.modelName && $0 < $1) }
    guard different.isEmpty else {
      let differences = different.map { name in
        let (here, there) = (identity[name] ?? "not set", theirs[name] ?? "not set")
        return name == Self.dataName
          ? "the data have changed since (fingerprints \(here) now, \(there) then)"
          : "\(name) is \(here) here and \(there) in the checkpoint"
      }
      throw ModelFileError(
        .foreign, "it belongs to another training run: \(differences.joined(separator: ", "))",
        place: path,
        remedy: "It can be resumed with that training's "
          + (different.contains(Self.dataName) ? "data." : "options."))
    }
  }
}

extension ExplainedError<TrainingErrorCode> {
  /// Converts an error of the checkpoint's file.
  fileprivate init(_ error: ModelFileError) {
    self.init(
      error.code.isOfTheSystem ? .inputOutput : .badState, error.problem, place: error.place,
      remedy: error.remedy)
  }
}

extension ModelFileErrorCode {
  /// Whether reading or writing failed in the system, regardless of the file's contents.
  fileprivate var isOfTheSystem: Bool {
    switch self {
    case .missing, .permissionDenied, .notAFile, .inputOutput, .outOfResources, .busy: true
    default: false
    }
  }
}
