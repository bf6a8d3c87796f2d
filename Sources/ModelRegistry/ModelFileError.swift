package import Errors
import Foundation

/// An error of a model file or a registry of models: what failed, where, and a remedy.
///
/// The version in service before the error remains in service.
package typealias ModelFileError = ExplainedError<ModelFileErrorCode>

/// The codes of a ``ModelFileError``.
package enum ModelFileErrorCode: String, ErrorCode, CaseIterable {
  /// The file, version or model does not exist.
  case missing
  /// The system denied access.
  case permissionDenied
  /// A folder, pipe or device was found where a file is expected.
  case notAFile
  /// Reading or writing failed, or the disk is full.
  case inputOutput
  /// The process or the system is out of file descriptors or memory. Says nothing about the file.
  case outOfResources
  /// The file ends before its header says it should.
  case truncated
  /// The header violates the safetensors format.
  case badHeader
  /// The header is longer than the maximum that Latent reads.
  case headerTooLarge
  /// Offsets are outside the data, overlap, leave holes, or do not match shape and type.
  case badOffsets
  /// An element type that Latent does not support.
  case unknownElementType
  /// A safetensors file that is not a model of this kind.
  case foreign
  /// The versions of this name are models of another kind.
  case otherForm
  /// The file or its manifest was written by a newer version of Latent.
  case tooNew
  /// A tensor that a model of this kind requires is missing.
  case missingTensor
  /// A tensor has the wrong element type or shape, or is misaligned.
  case wrongTensor
  /// The contents of the tensors are inconsistent: ids out of order, indices out of range, NaN ...
  case badContents
  /// The manifest cannot be read, or contradicts the file.
  case badManifest
  /// The file is not the one that was published: its SHA-256 differs.
  case altered
  /// The name of a model contains invalid characters.
  case badName
  /// `current` is not a link to a version, or links to a version that does not exist.
  case badCurrent
  /// Another process holds the lock.
  case busy
  /// There is no version to roll back to.
  case nothingToRollBackTo
}

extension ModelFileErrorCode {
  /// Whether the error is transient: the system refused, and a retry may succeed. It says nothing about the file's
  /// contents.
  package var isOfTheMoment: Bool {
    switch self {
    case .permissionDenied, .inputOutput, .outOfResources: true
    default: false
    }
  }
  /// Whether a version's file with this error is permanently unusable as it is.
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
  /// Returns the error for a failed system call. `action` is what was tried ("open", "write to").
  static func system(_ action: String, _ number: Int32, place: String) -> ModelFileError {
    if number == EISDIR { return .notAFile(place: place) }
    let problem = "can't \(action) it: \(SystemError(number))"
    let (code, remedy): (ModelFileErrorCode, String) =
      switch number {
      case ENOENT, ENOTDIR: (.missing, "Check the path.")
      case EACCES, EPERM, EROFS:
        (
          .permissionDenied,
          "Run as the user who owns the models folder, or correct its permissions."
        )
      case EMFILE, ENFILE:
        (
          .outOfResources,
          "Raise the limit on open files (ulimit -n), or close some, and try again."
        )
      case ENOMEM:
        (.outOfResources, "Free some memory, or raise the limit on it, and try again.")
      case ENOSPC, EDQUOT:
        (.inputOutput, "Free some space, such as by pruning old versions, and try again.")
      default: (.inputOutput, "Check the system log for disk errors.")
      }
    return ModelFileError(
      code, code == .missing ? "there is no such file" : problem, place: place, remedy: remedy)
  }

  /// Returns the error for a folder, pipe or device where a file is expected.
  static func notAFile(place: String) -> ModelFileError {
    ModelFileError(
      .notAFile, "not a regular file", place: place,
      remedy: "Name a regular file, or put it there again.")
  }
}
