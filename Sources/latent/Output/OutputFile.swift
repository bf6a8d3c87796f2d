import Errors
import Foundation

/// A file that appears whole or not at all: until ``finish()`` it has another name beside the one that it
/// is to have, and goes with its owner. What is no file, such as a pipe, is written as it stands.
final class OutputFile {
  /// The path as it was given; `-` is standard output.
  let path: String
  private let descriptor: CInt
  /// The file to be, behind links, and its name until then; nil for what is no file.
  private let names: (target: String, staged: String)?
  private var isFinished = false
  private let removal: EndingSignals?

  /// Throws where no file can be made: before the work that is to be written. With `endsWithSignals` SIGINT and SIGTERM
  /// leave nothing of it: for whoever does not wait for them, as by ``Interruption``. With `losing`, which says what somebody
  /// may have put there, a file that holds anything is refused.
  init(
    _ path: String, losing: String? = nil, endsWithSignals: Bool = false
  ) throws(CommandFailure) {
    self.path = path
    var status = stat()
    let isThere = stat(path, &status) == 0
    if let losing, path != "-", isThere, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 {
      throw CommandFailure(
        "\(path) is there already, and \(losing) would be lost",
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

  /// Gives the file its name, once it is on the disk; another one of that name is replaced.
  func finish() throws(CommandFailure) {
    guard let names else { return }
    guard fsync(descriptor) == 0, rename(names.staged, names.target) == 0 else {
      throw Self.failure(path)
    }
    isFinished = true
  }

  /// While it is kept, SIGINT and SIGTERM remove the file at `path` before they end the program.
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
        else: "Name a file in a folder that is there, may be written to and has room."))
  }
}
