package import Errors
import Foundation

/// What went wrong with a model file or a registry of models: what, where, and what to do about it.
///
/// Whatever was in service before still is.
package typealias ModelFileError = ExplainedError<ModelFileErrorCode>

/// The kinds of failure of a ``ModelFileError``.
package enum ModelFileErrorCode: String, ErrorCode, CaseIterable {
  /// There is no such file, version or model.
  case missing
  /// The system denies access.
  case permissionDenied
  /// A folder, pipe or device stands where a file is expected.
  case notAFile
  /// Reading or writing failed, or the disk is full.
  case inputOutput
  /// The process or the system has no file descriptor or no memory left: says nothing of the file.
  case outOfResources
  /// The file ends before its header says it should.
  case truncated
  /// The header is not what the safetensors format allows.
  case badHeader
  /// The header is longer than Latent reads.
  case headerTooLarge
  /// Offsets lie outside the data, overlap, leave holes, or do not fit shape and type.
  case badOffsets
  /// An element type that Latent does not read.
  case unknownElementType
  /// A safetensors file, but not a model of this kind.
  case foreign
  /// The versions that go by the name are of another kind of model.
  case otherForm
  /// The file, or its manifest, was written by a newer Latent.
  case tooNew
  /// A tensor that a model of this kind must have is not there.
  case missingTensor
  /// A tensor has the wrong element type or shape, or is not aligned to its elements.
  case wrongTensor
  /// The tensors' contents contradict each other: ids out of order, indices out of range, NaN ...
  case badContents
  /// The manifest can't be read, or says something else than the file.
  case badManifest
  /// The file is not the one that was published: its SHA-256 differs.
  case altered
  /// A model's name has characters that it may not have.
  case badName
  /// `current` is not a link to a version, or the version it links to is not there.
  case badCurrent
  /// Another process holds the lock.
  case busy
  /// There is no version to go back to.
  case nothingToRollBackTo
}

extension ModelFileErrorCode {
  /// Whether it says what the system would not do, rather than what the file is: the same may succeed
  /// the next time.
  package var isOfTheMoment: Bool {
    switch self {
    case .permissionDenied, .inputOutput, .outOfResources: true
    default: false
    }
  }
  /// Whether it says of a file of a version that it can't be used as it is, now or later.
  var isDamage: Bool {
    switch self {
    case .missing, .truncated, .badHeader, .headerTooLarge, .badOffsets, .unknownElementType,
      .foreign, .missingTensor, .wrongTensor, .badContents, .badManifest, .altered:
      true
    case .permissionDenied, .notAFile, .inputOutput, .outOfResources, .tooNew, .badName,
      .otherForm, .badCurrent, .busy, .nothingToRollBackTo:
      false
    }
  }
}

extension ExplainedError<ModelFileErrorCode> {
  /// The error for a failed system call: `action` says what was tried ("open", "write to").
  static func system(_ action: String, _ number: Int32, place: String) -> ModelFileError {
    if number == EISDIR { return .notAFile(place: place) }
    let problem = "can't \(action) it: \(SystemError(number))"
    let (code, remedy): (ModelFileErrorCode, String) =
      switch number {
      case ENOENT, ENOTDIR: (.missing, "Check the path.")
      case EACCES, EPERM, EROFS:
        (
          .permissionDenied,
          "Run as the user who owns the models folder, or mend its permissions."
        )
      case EMFILE, ENFILE:
        (
          .outOfResources,
          "Raise the limit on open files (ulimit -n), or close some, and try again."
        )
      case ENOMEM:
        (.outOfResources, "Free some memory, or raise the limit on it, and try again.")
      case ENOSPC, EDQUOT:
        (.inputOutput, "Free some space, as by pruning old versions, and try again.")
      default: (.inputOutput, "Look at the system's log for trouble with the disk.")
      }
    return ModelFileError(
      code, code == .missing ? "there is no such file" : problem, place: place, remedy: remedy)
  }

  /// A folder, pipe or device where a file is expected.
  static func notAFile(place: String) -> ModelFileError {
    ModelFileError(
      .notAFile, "not a regular file", place: place,
      remedy: "Name a regular file, or put it there again.")
  }
}
