import Errors

/// The exclusive right to train into a registry, whatever the model's name.
///
/// Held for the lifetime of this object. The system releases it when the process ends, even by kill -9. It does not
/// block reading, promoting or rolling back.
package final class TrainingLock: Sendable {
  private let lock: FileLock

  /// Takes the lock of `registry`, creating its folder if needed. `command` identifies the holder to other processes
  /// and must contain no password.
  ///
  /// Throws ``ModelFileErrorCode/busy``, naming the holder, if another training holds it.
  package init(of registry: ModelRegistry, command: String) throws(ModelFileError) {
    try registry.makeFolder()
    lock = try FileLock.hold(
      registry.folder + "/.training.lock", for: command, called: "another training run",
      place: registry.folder, remedy: "Wait until it ends, or train into another models folder.")
  }
}
