import Errors
import Foundation
package import Ratings

extension SQLiteStore {
  package func making<Result>(_ body: (any RatingsStore) throws -> Result) throws -> Result {
    // What keeps a draft from being made, SQLite tells of better: no such folder, no right to write.
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

  /// Removes what a killed process left that was making this store, by which ids of people may still be
  /// read. Best effort: it may be another user's.
  func removeAbandonedDraft() { StoreDraft.removeAbandoned(beside: self) }
}

/// A store in the making: a hidden file beside the place where it is to appear. One process at a time makes
/// it; what a killed one left is removed.
struct StoreDraft {
  /// The store under its hidden name.
  let store: SQLiteStore
  private let final: SQLiteStore
  /// A file of its own that is locked: closing a descriptor of SQLite's file would give up SQLite's locks.
  private let lockPath: String
  private let lock: Int32

  /// The draft of `final`, which is not there yet; nil when it is there by now, or no file can be made
  /// beside it. Waits for another process that makes the same store as long as a writer waits for another.
  init?(of final: SQLiteStore) throws(StoreError) {
    var status = stat()
    // Where a link leads is for SQLite to follow.
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
          .busy, "another process is making the store", place: final.name,
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

  /// Whether the lock that is open is the one at `path`: whoever held it may have removed it meanwhile.
  private static func isStill(_ lock: Int32, at path: String) -> Bool {
    var (own, named) = (stat(), stat())
    return fstat(lock, &own) == 0 && stat(path, &named) == 0 && own.st_ino == named.st_ino
  }

  /// Where the draft of `final` stands.
  private static func path(of final: SQLiteStore) -> String {
    let place = URL(fileURLWithPath: final.path)
    return place.deletingLastPathComponent().path + "/.\(place.lastPathComponent).latent-draft"
  }

  /// Whether somebody is making `final` now.
  static func isBeingMade(_ final: SQLiteStore) -> Bool {
    let lock = open(path(of: final) + ".lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard lock >= 0 else { return false }
    defer { close(lock) }
    return flock(lock, LOCK_EX | LOCK_NB) != 0
  }

  /// Removes a draft of `final` that nobody is making.
  static func removeAbandoned(beside final: SQLiteStore) {
    let path = path(of: final)
    let lock = open(path + ".lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard lock >= 0 else { return }
    defer { close(lock) }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0, isStill(lock, at: path + ".lock") else { return }
    for suffix in suffixes + [".lock"] { unlink(path + suffix) }
  }

  /// Behind the draft's name: the file itself and what SQLite keeps beside it.
  private static let suffixes = ["", "-wal", "-shm", "-journal"]

  /// Gives the store its name, unless another has it by now.
  func putInPlace() throws(StoreError) {
    var status = stat()
    guard stat(store.path + "-wal", &status) != 0 || status.st_size == 0 else {
      throw StoreError(
        .inputOutput, "SQLite's log could not be emptied into the new store", place: final.name,
        remedy: "Make room on the disk, for the store twice, and try again: nothing was written.")
    }
    // A log that is left of a store that was removed is not this one's.
    if try !final.fileExists() {
      for suffix in Self.suffixes.dropFirst() { unlink(final.path + suffix) }
    }
    var isDone = link(store.path, final.path) == 0
    // Some file systems know no second name of a file.
    if !isDone, [EPERM, EOPNOTSUPP, ENOSYS].contains(errno), try !final.fileExists() {
      isDone = rename(store.path, final.path) == 0
    }
    guard isDone else {
      let isThere = errno == EEXIST
      throw StoreError(
        isThere ? .busy : .inputOutput,
        isThere
          ? "another process has made the store meanwhile; nothing was written"
          : "the new store can't be given its name: \(SystemError())",
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

  /// Removes what is hidden and lets others go on.
  func end() {
    removeFiles()
    unlink(lockPath)
    close(lock)
  }

  private func removeFiles() {
    for suffix in Self.suffixes { unlink(store.path + suffix) }
  }
}
