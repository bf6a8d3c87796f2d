import Errors
import Foundation

/// A file that has no name until it is complete. If the process ends before that, even by a signal, nothing
/// of it remains. Where the system can't create such a file, it has a temporary name next to the final one,
/// and is removed with its owner.
final class NamelessFile {
  /// The final path, as given.
  private let path: String
  /// The target of the link at ``path``, whether it exists or not, else ``path``; nil for a pipe or device,
  /// which is written to directly.
  private var target: String?
  /// The temporary path; nil if there is none.
  private var stagingPath: String?
  private let descriptor: CInt

  /// Creates a file that will appear at `path`. Throws if a non-empty file is there.
  init(path: String) throws(RatingsFileError) {
    self.path = path
    var status = stat()
    let isThere = stat(path, &status) == 0
    if isThere, status.st_mode & S_IFMT != S_IFREG {
      descriptor = open(path, O_WRONLY | O_CLOEXEC)
    } else {
      guard !isThere || status.st_size == 0 else { throw Self.occupied(path) }
      let target = try Self.target(of: path)
      let nameless = Self.openNameless(in: Self.folder(of: target))
      if nameless < 0 { stagingPath = Self.stagingPath(of: target) }
      descriptor =
        stagingPath.map { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644) } ?? nameless
      self.target = target
    }
    guard descriptor >= 0 else {
      stagingPath = nil
      throw Self.unwritable(path)
    }
  }

  deinit {
    close(descriptor)
    if let stagingPath { unlink(stagingPath) }
  }

  func write(_ bytes: ArraySlice<UInt8>) throws(RatingsFileError) {
    try writeAll(bytes, to: descriptor, failure: failure)
  }

  func flush() throws(RatingsFileError) {
    if target != nil, fsync(descriptor) != 0 { throw failure() }
  }

  /// Gives the file its name. If that fails, the file keeps the name given in the error.
  func appear() throws(RatingsFileError) {
    guard let target else { return }
    self.target = nil
    // Linking never replaces a file, even an empty one; renaming does.
    let staged = stagingPath ?? Self.stagingPath(of: target)
    guard stagingPath != nil || Self.name(descriptor, staged) else {
      throw RatingsFileError(
        .inputOutput, "can't be created: \(SystemError())", place: FilePlace(file: path),
        remedy: "The import is done, but the rejects are lost. Import the same again to get them.")
    }
    stagingPath = nil
    var status = stat()
    let isTaken = stat(target, &status) == 0 && status.st_size > 0
    guard !isTaken, rename(staged, target) == 0 else {
      throw RatingsFileError(
        .inputOutput,
        isTaken ? "was created in the meantime" : "can't be created: \(SystemError())",
        place: FilePlace(file: path),
        remedy: "The import is done; the rejects are in \(staged).")
    }
  }

  /// Opens a file without a name in `folder`; -1 if that is not possible, or it could not be named later.
  private static func openNameless(in folder: String) -> CInt {
    #if os(Linux)
      // Such files are named through /proc.
      guard access("/proc/self/fd", X_OK) == 0 else { return -1 }
      return open(folder, O_WRONLY | temporaryFile | O_CLOEXEC, 0o644)
    #else
      return -1
    #endif
  }

  /// Names the file open as `descriptor`, and returns whether that succeeded.
  private static func name(_ descriptor: CInt, _ path: String) -> Bool {
    #if os(Linux)
      return linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, path, AT_SYMLINK_FOLLOW)
        == 0
    #else
      return false
    #endif
  }

  private static func stagingPath(of target: String) -> String {
    target + ".\(UInt32.random(in: 0 ... .max)).unfinished"
  }

  /// Returns the target of the link at `path`, whether it exists or not, else `path`.
  private static func target(of path: String) throws(RatingsFileError) -> String {
    var target = path
    // The same limit as Linux.
    for _ in 0..<40 {
      guard let next = try? FileManager.default.destinationOfSymbolicLink(atPath: target) else {
        return target
      }
      target = next.hasPrefix("/") ? next : folder(of: target) + "/" + next
    }
    errno = ELOOP
    throw unwritable(path)
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func unwritable(_ path: String) -> RatingsFileError {
    RatingsFileError(
      .inputOutput, "can't be written: \(SystemError())", place: FilePlace(file: path),
      remedy: SystemError(errno == EACCES ? 0 : errno).remedy(
        else: "Name a file for the rejects in an existing, writable folder."))
  }

  private func failure() -> RatingsFileError {
    RatingsFileError(
      .inputOutput, "can't be written: \(SystemError())", place: FilePlace(file: path),
      remedy: "Make room on the disk; nothing was imported.")
  }

  private static func occupied(_ path: String) -> RatingsFileError {
    RatingsFileError(
      .badRequest, "already exists and would be overwritten", place: FilePlace(file: path),
      remedy: "If it holds the rejects of an earlier import, correct and import them; then "
        + "remove it, or name another file for the rejects.")
  }
}

#if os(Linux)
  /// O_TMPFILE, a macro that Swift can't import.
  private let temporaryFile = CInt(0o20_000_000) | O_DIRECTORY
#endif
