import Errors
import Foundation
package import Ratings

extension SQLiteStore {
  package func making<Result>(_ body: (any RatingsStore) throws -> Result) throws -> Result {
    // SQLite reports better why a draft can't be created: the folder is missing or not writable.
    guard try !fileExists(), let draft = try StoreDraft(of: self) else {
      removeAbandonedDraft()
      _ = try migrate()
      return try body(self)
    }
    defer { draft.end() }
    _ = try draft.store.migrate()
    let result = try body(draft.store)
    try draft.putInPlace()
    return result
  }

  /// Removes a draft of this store left by a killed process, which may still contain users' ids. Best effort:
  /// the draft may belong to another operating system user.
  func removeAbandonedDraft() { StoreDraft.removeAbandoned(beside: self) }
}

/// A store under construction: a hidden file beside its final path. Only one process creates it at a time; a
/// draft left by a killed process is removed.
struct StoreDraft {
  /// The store under its hidden name.
  let store: SQLiteStore
  private let final: SQLiteStore
  /// The path of a separate lock file: closing a descriptor of SQLite's file would release SQLite's locks.
  private let lockPath: String
  private let lock: Int32

  /// Creates the draft of `final`, which does not exist yet; nil if it does by now, or no file can be created
  /// beside it. Waits for another process that creates the same store as long as one writer waits for
  /// another.
  init?(of final: SQLiteStore) throws(StoreError) {
    var status = stat()
    // Resolving a link is left to SQLite.
    guard lstat(final.path, &status) != 0 else { return nil }
    let path = Self.path(of: final)
    self.final = final
    lockPath = path + ".lock"
    let deadline = ContinuousClock.now + .seconds(final.lockTimeout)
    var held: Int32?
    while held == nil {
      let lock = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
      guard lock >= 0 else { return nil }
      let isFree = flock(lock, LOCK_EX | LOCK_NB) == 0
      if isFree, Self.isStill(lock, at: lockPath) {
        held = lock
        continue
      }
      close(lock)
      guard ContinuousClock.now < deadline else {
        throw StoreError(
          .busy, "another process is creating the store", place: final.name,
          remedy: "Try again when it is done.")
      }
      if !isFree { usleep(20_000) }
    }
    guard let held else { return nil }
    lock = held
    store = SQLiteStore(draftAt: path, of: final)
    removeFiles()
    do throws(StoreError) {
      guard try final.fileExists() else { return }
    } catch {
      end()
      throw error
    }
    end()
    return nil
  }

  /// Returns whether the open lock file is the one at `path`: its previous holder may have removed it.
  private static func isStill(_ lock: Int32, at path: String) -> Bool {
    var (own, named) = (stat(), stat())
    return fstat(lock, &own) == 0 && stat(path, &named) == 0 && own.st_ino == named.st_ino
  }

  /// Returns the path of the draft of `final`.
  private static func path(of final: SQLiteStore) -> String {
    let place = URL(fileURLWithPath: final.path)
    return place.deletingLastPathComponent().path + "/.\(place.lastPathComponent).latent-draft"
  }

  /// Returns whether a process is creating `final` now.
  static func isBeingMade(_ final: SQLiteStore) -> Bool {
    let lock = open(path(of: final) + ".lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard lock >= 0 else { return false }
    defer { close(lock) }
    return flock(lock, LOCK_EX | LOCK_NB) != 0
  }

  /// Removes a draft of `final` that no process is working on.
  static func removeAbandoned(beside final: SQLiteStore) {
    let path = path(of: final)
    let lock = open(path + ".lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard lock >= 0 else { return }
    defer { close(lock) }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0, isStill(lock, at: path + ".lock") else { return }
    for suffix in suffixes + [".lock"] { unlink(path + suffix) }
  }

  /// The suffixes of the draft's file and of the files that SQLite keeps beside it.
  private static let suffixes = ["", "-wal", "-shm", "-journal"]

  /// Gives the store its final name, unless another store has it by now.
  func putInPlace() throws(StoreError) {
    var status = stat()
    guard stat(store.path + "-wal", &status) != 0 || status.st_size == 0 else {
      throw StoreError(
        .inputOutput, "SQLite's log could not be checkpointed into the new store",
        place: final.name,
        remedy:
          "Make room on the disk for two copies of the store, and try again: nothing was written.")
    }
    // A log left by a removed store does not belong to this one.
    if try !final.fileExists() {
      for suffix in Self.suffixes.dropFirst() { unlink(final.path + suffix) }
    }
    var isDone = link(store.path, final.path) == 0
    // Some file systems do not support hard links.
    if !isDone, [EPERM, EOPNOTSUPP, ENOSYS].contains(errno), try !final.fileExists() {
      isDone = rename(store.path, final.path) == 0
    }
    guard isDone else {
      let isThere = errno == EEXIST
      throw StoreError(
        isThere ? .busy : .inputOutput,
        isThere
          ? "another process created the store meanwhile; nothing was written"
          : "the new store can't be renamed into place: \(SystemError())",
        place: final.name, remedy: "Try again.")
    }
    let folder = open(
      URL(fileURLWithPath: final.path).deletingLastPathComponent().path,
      O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folder >= 0 {
      fsync(folder)
      close(folder)
    }
  }

  /// Removes the hidden files and releases the lock.
  func end() {
    removeFiles()
    unlink(lockPath)
    close(lock)
  }

  private func removeFiles() {
    for suffix in Self.suffixes { unlink(store.path + suffix) }
  }
}
