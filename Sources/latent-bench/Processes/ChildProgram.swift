import Foundation

/// A child process; killed if this program ends first.
final class ChildProgram {
  private let name: String
  private let process = Process()
  private let output = Pipe()
  private var termination: Cleanup.Token?

  /// Starts the program at `path`, in `folder` if given. It inherits standard error, and the limit on open files unless
  /// one is given in the syntax of the shell's `ulimit`.
  convenience init(
    _ path: String, _ arguments: [String], in folder: String? = nil, limit: [String]? = nil
  ) throws {
    guard let limit else {
      try self.init(path, arguments, named: path, environment: [:], folder: folder)
      return
    }
    try self.init(
      "/bin/sh",
      ["-c", "ulimit \"$1\" \"$2\" && shift 2 && exec \"$@\"", "sh"] + limit + [path] + arguments,
      named: path, environment: [:], folder: folder)
  }

  /// Starts `command`, parsed by the shell, followed by `arguments` verbatim.
  convenience init(
    command: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws {
    try self.init(
      "/bin/sh", ["-c", "exec \(command) \"$@\"", "sh"] + arguments, named: command,
      environment: environment)
  }

  /// Starts the program at `path` in a folder, with `environment` added to this program's. Standard error goes to the
  /// file that `messages` creates. While it does so, an interruption waits and does not remove the file's folder.
  convenience init(
    _ path: String, _ arguments: [String], in folder: String, environment: [String: String],
    messages: @autoclosure @escaping () throws -> FileHandle
  ) throws {
    try self.init(
      path, arguments, named: URL(fileURLWithPath: path).lastPathComponent,
      environment: environment, folder: folder, messages: messages)
  }

  private init(
    _ path: String, _ arguments: [String], named name: String, environment: [String: String],
    folder: String? = nil,
    messages: (() throws -> FileHandle)? = nil
  ) throws {
    self.name = name
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    termination = try Cleanup.register {
      if let messages { process.standardError = try messages() }
      try process.run()
      let identifier = process.processIdentifier
      return {
        Foundation.kill(identifier, SIGKILL)
        // Until it has ended it may write into a folder that is removed next. Foundation reaps it.
        var ending = siginfo_t()
        waitid(P_PID, id_t(identifier), &ending, WEXITED | WNOWAIT)
      }
    }
  }

  deinit { stop() }

  /// Returns the path of this package's program `name`, in the same folder as this program.
  static func sibling(_ name: String) -> String {
    URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent(name).path
  }

  /// Waits for the program to end and returns its output; throws ``ChildFailure`` if it failed.
  func finish() throws -> String {
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    forget()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw ChildFailure(
        description: process.terminationStatus == 127
          ? "there is no \(name)" : "\(name) ended with \(process.terminationStatus)")
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// Waits for the next output and returns it; empty at its end.
  func nextOutput() -> String {
    String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
  }

  /// Waits until the output contains `text` and, if `andLineEnd`, the end of its line; returns all output so far.
  /// Throws ``ChildFailure`` if the program ends before that.
  func waitForOutput(_ text: String, andLineEnd: Bool = false) throws -> String {
    var seen = ""
    while !seen.contains(text) || andLineEnd && !seen.hasSuffix("\n") {
      let piece = nextOutput()
      guard !piece.isEmpty else { throw ChildFailure(description: "\(name) ended early: \(seen)") }
      seen += piece
    }
    return seen
  }

  /// The process identifier. Once the program has ended, another process may get it.
  var identifier: pid_t { process.processIdentifier }

  /// How the program ended.
  enum Ending: Equatable {
    case exit(Int32)
    case signal(Int32)
  }

  /// How the program ended; nil while it is running.
  var ending: Ending? {
    guard !process.isRunning else { return nil }
    forget()
    return process.terminationReason == .exit
      ? .exit(process.terminationStatus) : .signal(process.terminationStatus)
  }

  /// Sends SIGTERM. Does nothing if the program has ended.
  func terminate() { if ending == nil { process.terminate() } }

  /// Sends SIGTERM, waits at most `limit`, and returns how the program ended; nil if it took longer and was killed.
  func end(within limit: Duration) -> Ending? {
    terminate()
    guard waitForEnd(within: limit) else {
      kill()
      return nil
    }
    return ending
  }

  /// Waits at most `limit` for the program to end; returns whether it has.
  @discardableResult
  func waitForEnd(within limit: Duration) -> Bool {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while ending == nil, clock.now < deadline { usleep(2_000) }
    return ending != nil
  }

  /// Kills the program with SIGKILL and waits for it to end. Does nothing if it has ended.
  func kill() {
    guard ending == nil else { return }
    Foundation.kill(identifier, SIGKILL)
    process.waitUntilExit()
    forget()
  }

  /// Sends SIGTERM and waits for the program to end.
  func stop() {
    guard termination != nil else { return }
    process.terminate()
    process.waitUntilExit()
    forget()
  }

  /// Forgets the process identifier, which may belong to another process from now on.
  private func forget() {
    if let termination { Cleanup.cancel(termination) }
    termination = nil
  }
}

/// A program that could not be run successfully.
struct ChildFailure: Error, CustomStringConvertible {
  let description: String
}
