import Errors
import Foundation

/// A file that is written atomically: until ``finish()`` it has a temporary name in the same folder, and it is removed
/// on deinitialisation. Something that is not a regular file, such as a pipe, is written directly.
final class OutputFile {
  /// The path as given; `-` is standard output.
  let path: String
  private let descriptor: CInt
  /// The final path with links resolved, and the temporary path; nil if it is not a regular file.
  private let names: (target: String, staged: String)?
  private var isFinished = false
  private let removal: EndingSignals?

  /// Creates the file before the work whose result is to be written. Throws if that fails. With `endsWithSignals` SIGINT
  /// and SIGTERM remove it, for commands that do not handle them otherwise, such as with ``Interruption``. With `losing`,
  /// which names what the file may hold, an existing file that is not empty is refused.
  init(
    _ path: String, losing: String? = nil, endsWithSignals: Bool = false
  ) throws(CommandFailure) {
    self.path = path
    var status = stat()
    let isThere = stat(path, &status) == 0
    if let losing, path != "-", isThere, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 {
      throw CommandFailure(
        "\(path) already exists, and \(losing) would be lost",
        remedy: "Name another file, or remove it.")
    }
    if path == "-" {
      (descriptor, names) = (STDOUT_FILENO, nil)
    } else if isThere, status.st_mode & S_IFMT != S_IFREG {
      (descriptor, names) = (open(path, O_WRONLY | O_CLOEXEC), nil)
    } else {
      let target = isThere ? URL(fileURLWithPath: path).resolvingSymlinksInPath().path : path
      let staged = AbandonedFiles(named: target + ".", ".unfinished").newName()
      names = (target, staged)
      descriptor = open(staged, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    }
    removal =
      endsWithSignals && descriptor >= 0 ? names.map { Self.removal(of: $0.staged) } : nil
    guard descriptor >= 0 else {
      isFinished = true
      throw Self.failure(path)
    }
  }

  deinit {
    guard path != "-", descriptor >= 0 else { return }
    close(descriptor)
    if let names, !isFinished { unlink(names.staged) }
  }

  func write(_ bytes: [UInt8]) throws(CommandFailure) {
    if let error = writeAll(bytes, to: descriptor) { throw Self.failure(path, error) }
  }

  /// Flushes the file to disk and renames it to its final name, replacing an existing file.
  func finish() throws(CommandFailure) {
    guard let names else { return }
    guard fsync(descriptor) == 0, rename(names.staged, names.target) == 0 else {
      throw Self.failure(path)
    }
    isFinished = true
  }

  /// Returns an object during whose lifetime SIGINT and SIGTERM remove the file at `path` before they end the program.
  private static func removal(of path: String) -> EndingSignals {
    EndingSignals { number in
      unlink(path)
      signal(number, SIG_DFL)
      kill(getpid(), number)
    }
  }

  private static func failure(
    _ path: String, _ error: SystemError = SystemError()
  ) -> CommandFailure {
    CommandFailure(
      "\(path == "-" ? "standard output" : path) can't be written: \(error)",
      remedy: error.remedy(
        else: "Name a file in a folder that exists, can be written to and has room."))
  }
}
