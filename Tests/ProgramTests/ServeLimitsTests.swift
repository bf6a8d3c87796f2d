import Foundation
import TestEnvironment
import Testing

/// Tests of the daemon short of memory and descriptors: the real program under the system's own limits.
struct ServeLimitsTests {
  /// A daemon on a free port, with a model in service.
  struct Daemon {
    let folder: TemporaryFolder
    let program: RunningProgram
    let port: Int

    init(openFileLimit: Int? = nil, _ arguments: String...) throws {
      folder = try TemporaryFolder()
      try ServeCommandTests(in: folder).publish(mean: 3)
      var latent = Program(in: folder.path)
      latent.openFileLimit = openFileLimit
      program = try latent.start(["serve", "--listen", "127.0.0.1:0"] + arguments)
      try #require(program.waitForOutput("listening on 127.0.0.1:"))
      let output = program.outputSoFar
      port = try #require(
        output.split(separator: "\n").first?.split(separator: ":").last.flatMap { Int($0) })
    }

    func connect() throws -> SocketClient { try SocketClient(port: port) }

    /// Stops the daemon, and returns its result.
    func stop() -> Program.Result {
      program.send(SIGTERM)
      return program.finish()
    }

    /// Returns the daemon's peak memory, in MiB.
    func peakMemory() throws -> Int {
      let status = try String(
        contentsOfFile: "/proc/\(program.identifier)/status", encoding: .utf8)
      let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
      let words = line.split(whereSeparator: \.isWhitespace)
      return try #require(Int(words[1])) / 1024
    }
  }

  /// 300 MB of each: none may be retained.
  @Test(arguments: [
    String(repeating: " ", count: 60_000) + "\n", "\n", "*0\r\n",
    "*2\r\n$4\r\nECHO\r\n$40000\r\n" + String(repeating: "x", count: 30_000),
  ])
  func requestsThatNeverEndTakeNoMemory(_ piece: String) throws {
    let daemon = try Daemon()
    let client = try daemon.connect()
    let bytes = Array(String(repeating: piece, count: 1 + 1_000_000 / piece.utf8.count).utf8)
    for _ in 0..<300 {
      // A truncated ECHO is detected when the next one begins, and the connection is closed.
      guard (try? client.send(bytes)) != nil else { break }
    }
    let other = try daemon.connect()
    try other.send("PING\n")
    #expect(try other.receiveLine() == "\"PONG\"")
    #expect(try daemon.peakMemory() < 200)
    #expect(daemon.stop().exitCode == 0)
  }

  /// Leaves room for some forty clients, while several hundred connect.
  @Test func aLackOfDescriptorsKeepsClientsWaitingAndNothingElse() throws {
    let daemon = try Daemon(openFileLimit: 128)
    #expect(daemon.program.waitForErrors("the system lets this process open 128 files"))
    var served: [SocketClient] = []
    var isRefused = false
    while !isRefused, served.count < 200 {
      let client = try daemon.connect()
      try client.send("PING\n")
      let line = try client.receiveLine()
      isRefused = line?.hasPrefix("-TOO_MANY_CONNECTIONS") == true
      if line == "\"PONG\"" { served.append(client) }
    }
    // Some are told so; the others wait to be accepted.
    var waiting = try (0..<200).map { _ in try daemon.connect() }
    #expect(served.count > 20 && served.count < 64)
    for client in served {
      try client.send("PREDICT 1 10\n")
      #expect(try client.receiveLine()?.contains("\"prediction\":") == true)
    }
    // A newly published version needs descriptors, too.
    try ServeCommandTests(in: daemon.folder).publish(mean: 4)
    #expect(daemon.program.waitForErrors("serving recommender version 2"))
    served.removeAll()
    waiting.removeAll()
    let later = try daemon.connect()
    try later.send("PING\n")
    #expect(try later.receiveLine() == "\"PONG\"")
    let result = daemon.stop()
    #expect(result.exitCode == 0 && !result.wasSignalled)
  }

  @Test func tooFewDescriptorsToServeAreSaidSo() throws {
    let folder = try TemporaryFolder()
    try ServeCommandTests(in: folder).publish(mean: 3)
    var latent = Program(in: folder.path)
    latent.openFileLimit = 60
    let result = try latent.run(["serve", "--listen", "127.0.0.1:0"])
    #expect(result.exitCode == 1)
    #expect(result.errors.contains("the system lets this process open 60 files"))
    #expect(result.errors.contains("ulimit -n"))
  }
}
