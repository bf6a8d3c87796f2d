import Foundation

/// A running program: its output can be read as it is written, and it can be signalled and waited for.
///
/// `@unchecked Sendable`: the process is only started, signalled and waited for, which Foundation allows from any
/// thread; its output is guarded by a condition.
package final class RunningProgram: @unchecked Sendable {
  private let process: Process
  private let changed = NSCondition()
  private var output = Data()
  private var errors = Data()
  private var openStreams = 2

  init(_ process: Process, input: String?) throws {
    self.process = process
    let outputPipe = Pipe()
    let errorPipe = Pipe()
    let inputPipe = Pipe()
    process.standardOutput = outputPipe
    process.standardError = errorPipe
    process.standardInput = inputPipe
    try Self.withSignalsUnblocked { try process.run() }
    read(outputPipe) { $0.output.append($1) }
    read(errorPipe) { $0.errors.append($1) }
    if let input {
      // Uses a separate thread, because a program that does not read its input must not block the test.
      Thread.detachNewThread {
        // A program that ends before it has read all its input must not end the tests either.
        var brokenPipe = sigset_t()
        sigemptyset(&brokenPipe)
        sigaddset(&brokenPipe, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &brokenPipe, nil)
        try? inputPipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try? inputPipe.fileHandleForWriting.close()
      }
    } else {
      try inputPipe.fileHandleForWriting.close()
    }
  }

  /// The process identifier.
  package var identifier: Int32 { process.processIdentifier }

  /// Whether it is still running, so that more output may come.
  package var isRunning: Bool { process.isRunning }

  /// Its output to standard output so far.
  package var outputSoFar: String {
    changed.lock()
    defer { changed.unlock() }
    return String(decoding: output, as: UTF8.self)
  }

  /// Sends `signal`, such as SIGKILL.
  package func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Waits until standard output contains `text`, and returns whether it did before the stream ended.
  @discardableResult
  package func waitForOutput(_ text: String) -> Bool { wait(for: text) { $0.output } }

  /// Waits until standard error contains `text` `times` times, and returns whether it did before the stream ended.
  @discardableResult
  package func waitForErrors(_ text: String, times: Int = 1) -> Bool {
    wait(for: text, times: times) { $0.errors }
  }

  /// Waits for the process to end and its output to be complete.
  package func finish() -> Program.Result {
    process.waitUntilExit()
    changed.lock()
    defer { changed.unlock() }
    while openStreams > 0 { changed.wait() }
    return Program.Result(
      exitCode: process.terminationStatus,
      wasSignalled: process.terminationReason == .uncaughtSignal,
      output: String(decoding: output, as: UTF8.self),
      errors: String(decoding: errors, as: UTF8.self))
  }

  /// Runs `start` with all signals unblocked. Dispatch's threads, on which tests run, block signals. A program started
  /// from them inherits that and would ignore SIGINT.
  private static func withSignalsUnblocked(_ start: () throws -> Void) rethrows {
    var none = sigset_t()
    var before = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try start()
  }

  private func wait(
    for text: String, times: Int = 1, in stream: (RunningProgram) -> Data
  ) -> Bool {
    changed.lock()
    defer { changed.unlock() }
    while String(decoding: stream(self), as: UTF8.self).ranges(of: text).count < times {
      guard openStreams > 0 else { return false }
      changed.wait()
    }
    return true
  }

  private func read(
    _ pipe: Pipe, _ keep: @escaping @Sendable (RunningProgram, Data) -> Void
  ) {
    let handle = pipe.fileHandleForReading
    Thread.detachNewThread { [self] in
      while true {
        let data = handle.availableData
        changed.lock()
        if data.isEmpty { openStreams -= 1 } else { keep(self, data) }
        changed.broadcast()
        changed.unlock()
        if data.isEmpty { return }
      }
    }
  }
}
