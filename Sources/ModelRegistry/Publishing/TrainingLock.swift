import Errors

/// The right to train into a registry, one process at a time, whatever the model's name.
///
/// Held while its owner lives; the system takes it back when the process ends, by kill -9 too. It
/// keeps nobody from reading, promoting or rolling back.
package final class TrainingLock: Sendable {
  private let lock: FileLock

  /// Takes the lock of `registry`, making its folder if need be. `command` tells others what holds
  /// it, and must hold no password.
  ///
  /// Throws ``ModelFileErrorCode/busy`` when another training holds it, saying which.
  package init(of registry: ModelRegistry, command: String) throws(ModelFileError) {
    try registry.makeFolder()
    lock = try FileLock.hold(
      registry.folder + "/.training.lock", for: command, called: "another training",
      place: registry.folder, remedy: "Wait until it ends, or train into another folder of models.")
  }
}
