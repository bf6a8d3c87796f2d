import Errors
import Foundation

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
    let path = registry.folder + "/.training.lock"
    guard let lock = try FileLock.attempt(path) else {
      let holder = LockHolder(reading: path)
      throw ModelFileError(
        .busy, "another training is under way: \(holder?.description ?? "it does not say which")",
        place: registry.folder,
        remedy: "Wait until it ends, or train into another folder of models.")
    }
    try lock.replaceText(with: LockHolder(command: command).encoded())
    self.lock = lock
  }
}

/// Who holds a ``TrainingLock``, as it stands in the lock's file.
struct LockHolder: Codable, CustomStringConvertible {
  let processID: Int32
  let host: String
  /// In ISO 8601, UTC.
  let since: String
  let command: String

  /// This process, as of now.
  init(command: String) {
    processID = getpid()
    host = ProcessInfo.processInfo.hostName
    since = Date.now.formatted(.iso8601)
    self.command = command
  }

  /// Who wrote the file at `path`; nil when it does not say.
  init?(reading path: String) {
    guard let data = FileManager.default.contents(atPath: path),
      let holder = try? JSONDecoder().decode(LockHolder.self, from: data)
    else { return nil }
    self = holder
  }

  /// The text for the lock's file.
  func encoded() -> String {
    let data = try? RecordCoding.encoder().encode(self)
    return data.map { String(decoding: $0, as: UTF8.self) + "\n" } ?? ""
  }

  var description: String { "`\(command)`, process \(processID) on \(host), since \(since)" }
}
