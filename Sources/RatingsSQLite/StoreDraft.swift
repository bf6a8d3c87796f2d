import Errors
import Foundation
package import Ratings

extension SQLiteStore {
  package func making<Result>(_ body: (any RatingsStore) throws -> Result) throws -> Result {
    // What keeps a draft from being made, SQLite tells of better: no such folder, no right to write.
    guard try !fileExists(), let draft = try StoreDraft(of: self) else {
      _ = try migrate()
      return try body(self)
    }
    defer { draft.end() }
    _ = try draft.store.migrate()
    let result = try body(draft.store)
    try draft.putInPlace()
    return result
  }
}

/// A store in the making: a hidden file beside the place where it is to appear. One process at a time makes
/// it; what a killed one left is removed.
private struct StoreDraft {
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
    let place = URL(fileURLWithPath: final.path)
    let path = place.deletingLastPathComponent().path + "/.\(place.lastPathComponent).latent-draft"
    self.final = final
    lockPath = path + ".lock"
    let deadline = ContinuousClock.now + .seconds(final.lockTimeout)
    var held: Int32?
    while held == nil {
      let lock = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
      guard lock >= 0 else { return nil }
      let isFree = flock(lock, LOCK_EX | LOCK_NB) == 0
      // Whoever held it may have removed it since it was opened.
      var (own, named) = (stat(), stat())
      if isFree, fstat(lock, &own) == 0, stat(lockPath, &named) == 0, own.st_ino == named.st_ino {
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
    if try final.fileExists() {
      end()
      return nil
    }
  }

  /// Gives the store its name, unless another has it by now.
  func putInPlace() throws(StoreError) {
    var status = stat()
    guard stat(store.path + "-wal", &status) != 0 || status.st_size == 0 else {
      throw StoreError(
        .inputOutput, "SQLite's log could not be emptied into the new store", place: final.name,
        remedy: "Look after the disk; nothing was written.")
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
    for suffix in ["", "-wal", "-shm", "-journal"] { unlink(store.path + suffix) }
  }
}
