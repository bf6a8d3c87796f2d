import Errors
import Foundation

/// An exclusive advisory lock on a file (flock) between processes, held for the lifetime of this object.
///
/// The system releases it when the process ends for any reason. The file is never removed: otherwise two processes
/// could lock two files of the same name. Only its owner may read it, as its contents are meant for those who may
/// take the lock.
package final class FileLock: Sendable {
  /// The file's path.
  package let path: String
  private let file: FileHandleOwner

  /// Takes the lock without waiting. Returns nil if another process holds it.
  package static func attempt(_ path: String) throws(ModelFileError) -> FileLock? {
    let lock = try FileLock(path)
    return try lock.take(LOCK_EX | LOCK_NB) ? lock : nil
  }

  /// Takes the lock, waiting until it is free. For short critical sections only.
  package static func wait(_ path: String) throws(ModelFileError) -> FileLock {
    let lock = try FileLock(path)
    _ = try lock.take(LOCK_EX)
    return lock
  }

  /// Takes the lock for `command` and writes that to the file.
  ///
  /// Waits up to `patience` seconds, as another process may hold the lock only to test it. Throws
  /// ``ModelFileErrorCode/busy`` for `place` if another process still holds it; the message calls the work `name` and
  /// identifies the holder.
  static func hold(
    _ path: String, for command: String, called name: String, patience: Double = 0, place: String,
    remedy: String
  ) throws(ModelFileError) -> FileLock {
    let deadline = ContinuousClock.now + .seconds(patience)
    var lock = try attempt(path)
    while lock == nil, ContinuousClock.now < deadline {
      usleep(20_000)
      lock = try attempt(path)
    }
    guard let lock else {
      let holder = LockHolder(reading: path)
      throw ModelFileError(
        .busy, "\(name) is in progress: \(holder?.description ?? "its details are unknown")",
        place: place, remedy: remedy)
    }
    try lock.replaceText(with: LockHolder(command: command).encoded())
    return lock
  }

  private init(_ path: String) throws(ModelFileError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .system("lock", errno, place: path) }
    // Earlier versions of Latent made the file readable by everyone.
    fchmod(descriptor, 0o600)
    file = FileHandleOwner(descriptor)
    self.path = path
  }

  private func take(_ operation: Int32) throws(ModelFileError) -> Bool {
    while flock(file.descriptor, operation) != 0 {
      if errno == EWOULDBLOCK { return false }
      guard errno == EINTR else { throw .system("lock", errno, place: path) }
    }
    return true
  }

  /// Replaces the contents of the file, for other processes to read.
  package func replaceText(with text: String) throws(ModelFileError) {
    let bytes = Array(text.utf8)
    guard ftruncate(file.descriptor, 0) == 0,
      pwrite(file.descriptor, bytes, bytes.count, 0) == bytes.count
    else { throw .system("write to", errno, place: path) }
  }
}
