import Errors
import Foundation

/// A file descriptor with one owner, closed when the owner goes.
struct FileHandleOwner: ~Copyable {
  let descriptor: Int32

  /// Takes over `descriptor`, which must be open.
  init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }
}

extension ExplainedError<ModelFileErrorCode> {
  /// The error for a failed system call: `action` says what was tried ("open", "write to").
  static func system(_ action: String, _ number: Int32, place: String) -> ModelFileError {
    let reason = String(cString: strerror(number))
    switch number {
    case ENOENT, ENOTDIR:
      return ModelFileError(
        .missing, "there is no such file", place: place,
        remedy: "Check the path.")
    case EACCES, EPERM, EROFS:
      return ModelFileError(
        .permissionDenied, "can't \(action) it: \(reason)", place: place,
        remedy: "Run as the user who owns the models folder, or mend its permissions.")
    case EISDIR:
      return .notAFile(place: place)
    case EMFILE, ENFILE:
      return ModelFileError(
        .outOfResources, "can't \(action) it: \(reason)", place: place,
        remedy: "Raise the limit on open files (ulimit -n), or close some, and try again.")
    case ENOMEM:
      return ModelFileError(
        .outOfResources, "can't \(action) it: \(reason)", place: place,
        remedy: "Free some memory, or raise the limit on it, and try again.")
    case ENOSPC, EDQUOT:
      return ModelFileError(
        .inputOutput, "can't \(action) it: \(reason)", place: place,
        remedy: "Free some space, as by pruning old versions, and try again.")
    default:
      return ModelFileError(
        .inputOutput, "can't \(action) it: \(reason)", place: place,
        remedy: "Look at the system's log for trouble with the disk.")
    }
  }

  /// A folder, pipe or device where a file is expected.
  static func notAFile(place: String) -> ModelFileError {
    ModelFileError(
      .notAFile, "not a regular file", place: place,
      remedy: "Name the model.safetensors file itself.")
  }
}
