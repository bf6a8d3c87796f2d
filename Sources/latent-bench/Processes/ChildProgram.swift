import Foundation

/// Another program, started from here; killed when this one ends before it.
final class ChildProgram {
  private let name: String
  private let process = Process()
  private let output = Pipe()
  private var termination: Cleanup.Token?

  /// Starts the program at `path`, in `folder` where one is given. Its standard error is this program's, and so is the
  /// limit on open files unless told otherwise, in the words of the shell's `ulimit`.
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

  /// Starts `command` as the shell reads it, with `arguments` behind it as they stand.
  convenience init(
    command: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws {
    try self.init(
      "/bin/sh", ["-c", "exec \(command) \"$@\"", "sh"] + arguments, named: command,
      environment: environment)
  }

  /// Starts the program at `path` in a folder, with `environment` added to this program's; its standard error
  /// goes into the file `messages`, which no interruption removes the folder of while it is made.
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
        // Until it is gone it may go on writing into a folder that is removed next. Left for Foundation to reap.
        var ending = siginfo_t()
        waitid(P_PID, id_t(identifier), &ending, WEXITED | WNOWAIT)
      }
    }
  }

  deinit { stop() }

  /// The program `name` of this package: it stands beside this one.
  static func sibling(_ name: String) -> String {
    URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent(name).path
  }

  /// Waits for the end and returns what the program wrote; throws ``ChildFailure`` when it failed.
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

  /// Waits for the next piece of what the program writes; empty at its end.
  func nextOutput() -> String {
    String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
  }

  /// Waits until what the program writes holds `text`, and, where that is asked for, the end of its line, and returns all of it so
  /// far; throws ``ChildFailure`` when it ends before that.
  func waitForOutput(_ text: String, andLineEnd: Bool = false) throws -> String {
    var seen = ""
    while !seen.contains(text) || andLineEnd && !seen.hasSuffix("\n") {
      let piece = nextOutput()
      guard !piece.isEmpty else { throw ChildFailure(description: "\(name) ended early: \(seen)") }
      seen += piece
    }
    return seen
  }

  /// Its number, which is another process's once it has ended.
  var identifier: pid_t { process.processIdentifier }

  /// How the program ended.
  enum Ending: Equatable {
    case exit(Int32)
    case signal(Int32)
  }

  /// How the program ended; nil while it runs.
  var ending: Ending? {
    guard !process.isRunning else { return nil }
    forget()
    return process.terminationReason == .exit
      ? .exit(process.terminationStatus) : .signal(process.terminationStatus)
  }

  /// Asks the program to end. Once it has, does nothing.
  func terminate() { if ending == nil { process.terminate() } }

  /// Asks the program to end, waits for it no longer than `limit`, and returns how it ended; nil when
  /// it was killed for taking longer.
  func end(within limit: Duration) -> Ending? {
    terminate()
    guard waitForEnd(within: limit) else {
      kill()
      return nil
    }
    return ending
  }

  /// Waits until the program has ended, no longer than `limit`; returns whether it has.
  @discardableResult
  func waitForEnd(within limit: Duration) -> Bool {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while ending == nil, clock.now < deadline { usleep(2_000) }
    return ending != nil
  }

  /// Ends the program with SIGKILL, and waits until it has. Once it has, does nothing.
  func kill() {
    guard ending == nil else { return }
    Foundation.kill(identifier, SIGKILL)
    process.waitUntilExit()
    forget()
  }

  /// Asks the program to end, and waits until it has.
  func stop() {
    guard termination != nil else { return }
    process.terminate()
    process.waitUntilExit()
    forget()
  }

  /// The number is another process's from now on.
  private func forget() {
    if let termination { Cleanup.cancel(termination) }
    termination = nil
  }
}

/// A program that could not be run to a good end.
struct ChildFailure: Error, CustomStringConvertible {
  let description: String
}
