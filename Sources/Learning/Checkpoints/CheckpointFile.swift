import Errors
import Foundation
import ModelRegistry
import TensorCore

/// Where ``TrainingLoop`` keeps the state of a training, to resume from after an interruption.
package protocol CheckpointStore: AnyObject {
  /// The state to resume from; nil to start from the beginning. Called once, before the first step.
  func load() throws(TrainingError) -> SavedState?
  /// Whether a state is wanted now that an epoch is over.
  func isDue() -> Bool
  /// Keeps a state, in the place of the last.
  func save(_ state: SavedState) throws(TrainingError)
}

/// Keeps a training's state in a safetensors file, replaced as a whole by an atomic rename.
///
///     let file = CheckpointFile(path, of: ["data": fingerprint, "seed": "0"], resumes: true)
///     let learner = Learner(model, batchSize: 64, order: order, checkpoints: file)
///
/// The header's metadata say what training it is of, which must be the same to resume it, and how far
/// it had come. A digest of all that is in the file stands behind the tensors and is checked before
/// anything is restored. Files of version 0.1 are read.
package final class CheckpointFile: CheckpointStore {
  /// What tells one training from another: data and options by name.
  package typealias Identity = [String: String]
  /// The names under which an ``Identity`` has the fingerprint of the data, and the kind of model.
  package static let dataName = "data"
  package static let modelName = "model"

  private let path: String
  private let identity: Identity
  private let resumes: Bool
  private let currentName: (String) -> String
  private let leastInterval: Duration
  private let clock = ContinuousClock()
  private var lastSaved: ContinuousClock.Instant

  /// The file at `path`.
  ///
  /// - Parameters:
  ///   - resumes: Whether to resume from what is there; else it is replaced.
  ///   - currentName: What a kind of model is called today that may have had another name.
  ///   - leastInterval: No state is wanted sooner than that after the last, or after the start: so
  ///     much work may be lost, and short trainings write nothing.
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

  /// Whether there is something to resume from.
  package var isThere: Bool { FileManager.default.fileExists(atPath: path) }

  /// The state in the file; nil when there is none, or it is not to be resumed.
  ///
  /// Throws ``TrainingError`` `badState` when the file is of another training, saying in what they
  /// differ, or is damaged; `inputOutput` when it can't be read.
  package func load() throws(TrainingError) -> SavedState? {
    resumes && isThere ? try read() : nil
  }

  /// Why the training in the file can't be resumed; nil when it can.
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

  /// Whether the least interval has gone by.
  package func isDue() -> Bool { clock.now - lastSaved >= leastInterval }

  /// Writes the state beside the file and then gives it the file's name. Throws `inputOutput` when
  /// that fails, as on a full disk; what was there stays.
  package func save(_ state: SavedState) throws(TrainingError) {
    let contents = CheckpointContents(state: state)
    var metadata = [Self.formatKey: Self.format]
    for (name, value) in identity { metadata[Self.identityPrefix + name] = value }
    // For people; what counts stands among the texts.
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
  /// What version 0.1 wrote.
  private static let firstFormat = "1"
  private static let identityPrefix = "training."

  /// The result of `read`; an error about the file's contents says that it is the checkpoint's.
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
        .foreign, "it is no checkpoint of a training", place: path, remedy: "Move it away.")
    }
    guard [Self.format, Self.firstFormat].contains(format) else {
      throw ModelFileError(
        .tooNew, "it is a checkpoint of format \(format), and this Latent knows \(Self.format)",
        place: path,
        remedy: "The Latent that wrote it can resume it.")
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
          : "\(name) is \(here) here and \(there) there"
      }
      throw ModelFileError(
        .foreign, "it is of another training: \(differences.joined(separator: ", "))", place: path,
        remedy: "It can be resumed with that training's "
          + (different.contains(Self.dataName) ? "data." : "options."))
    }
  }
}

extension ExplainedError<TrainingErrorCode> {
  /// What became of a checkpoint's file.
  fileprivate init(_ error: ModelFileError) {
    self.init(
      error.code.isOfTheSystem ? .inputOutput : .badState, error.problem, place: error.place,
      remedy: error.remedy)
  }
}

extension ModelFileErrorCode {
  /// Whether the system would not read or write, whatever the file holds.
  fileprivate var isOfTheSystem: Bool {
    switch self {
    case .missing, .permissionDenied, .notAFile, .inputOutput, .outOfResources, .busy: true
    default: false
    }
  }
}
