import Foundation
import ModelRegistry
import TestEnvironment
import Testing

/// Tests of `latent serve` as a process: its inherited streams, signals, and a log that nobody reads.
struct DaemonProcessTests {
  let folder: TemporaryFolder
  var socket: String { folder.path("s.sock") }

  init() throws { folder = try TemporaryFolder() }

  /// Starts the daemon without a model from a shell that redirects its streams by `redirections`.
  func start(_ redirections: String = "", _ arguments: String = "") throws -> RunningProgram {
    let program = Program(in: folder.path)
    return try Program(path: "/bin/sh", in: folder.path).start([
      "-c", "exec '\(program.path)' serve --wait --socket s.sock \(arguments) \(redirections)",
    ])
  }

  /// Connects once the daemon listens.
  func client() throws -> SocketClient {
    let deadline = Date(timeIntervalSinceNow: 20)
    while true {
      do { return try SocketClient(path: socket) } catch {
        guard Date() < deadline else { throw error }
      }
    }
  }

  func ask(_ request: String) throws -> String { try client().ask(request) }

  @Test func signalsWithoutAMeaningAreIgnored() throws {
    let running = try start()
    try #require(running.waitForOutput("listening on s.sock\n"))
    for signal in [SIGHUP, SIGUSR1, SIGUSR2, SIGALRM, SIGPIPE] {
      running.send(signal)
      #expect(try ask("PING\n") == "\"PONG\"\n")
    }
    running.send(SIGTERM)
    let result = running.finish()
    #expect(result.exitCode == 0 && !result.wasSignalled)
    #expect(!FileManager.default.fileExists(atPath: socket))
  }

  /// A daemon's log is read, if at all, by whoever starts it. A stream that takes nothing is no reason not to serve.
  @Test(arguments: [">&-", "> /dev/full", "2>&-", "2> /dev/full", "<&- >&- 2>&-"])
  func streamsThatTakeNothingAreNoReasonNotToServe(_ redirections: String) throws {
    let running = try start(redirections)
    #expect(try ask("PING\n") == "\"PONG\"\n")
    if redirections.hasPrefix(">") {
      try #require(
        running.waitForErrors(
          "warning latent: [latent] listening on s.sock: standard output can't be written"))
    }
    running.send(SIGTERM)
    let result = running.finish()
    #expect(result.exitCode == 0 && !result.wasSignalled)
  }

  @Test func aHostThatIsNotKnownIsAClearError() throws {
    let result = try Program(in: folder.path).run([
      "serve", "--wait", "--listen", "no-such-host.invalid:1",
    ])
    #expect(result.exitCode == 1)
    #expect(
      result.errors.contains(
        "error: no-such-host.invalid:1: the host's name can't be looked up: "))
    #expect(!result.errors.contains("SocketAddressError"))
  }

  /// The log goes to a full pipe without a reader.
  @Test func aLogThatNobodyReadsHoldsNothingUp() throws {
    let path = folder.path("log")
    try #require(mkfifo(path, 0o600) == 0)
    let log = open(path, O_RDWR | O_NONBLOCK)
    defer { close(log) }
    let dots = [UInt8](repeating: 0x2E, count: 4096)
    while write(log, dots, dots.count) > 0 {}
    let running = try start("2> log", "--log-level debug")
    try #require(running.waitForOutput("listening on s.sock\n"))
    #expect(try ask("PREDICT 1 2\n").contains("NO_MODEL"))
    // Each client that disconnects with unread answers makes a line of the log.
    for _ in 0..<1500 {
      let client = try client()
      try client.send("PING\n")
      try #require(try client.hasReceived())
    }
    let stats = try ask("INFO stats\n")
    let dropped = try #require(
      stats.firstMatch(of: #/"log_lines_dropped":(\d+)/#).flatMap { Int($0.1) })
    #expect(dropped > 300)
    running.send(SIGTERM)
    let result = running.finish()
    #expect(result.exitCode == 0 && !result.wasSignalled)
  }
}
