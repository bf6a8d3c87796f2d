import Foundation
import TestEnvironment
import Testing

/// Tests of `latent serve` under systemd: its notifications, and the sockets handed to it.
struct ServiceManagerTests {
  let folder: TemporaryFolder
  let program: Program

  init() throws {
    folder = try TemporaryFolder()
    program = Program(in: folder.path)
  }

  /// A datagram socket, like systemd's own.
  private final class NotifySocket: Sendable {
    let descriptor: Int32

    init(_ path: String) throws {
      descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
      let status = withUnixAddress(path) { bind(descriptor, $0, $1) }
      var limit = timeval(tv_sec: 60, tv_usec: 0)
      setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
      guard status == 0 else { throw SocketClient.Failure(call: "bind", number: errno) }
    }

    deinit { close(descriptor) }

    func next() throws -> String {
      var bytes = [UInt8](repeating: 0, count: 4096)
      let count = recv(descriptor, &bytes, bytes.count, 0)
      guard count > 0 else { throw SocketClient.Failure(call: "recv", number: errno) }
      return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// Returns the next message that begins with `start`, skipping others.
    func next(beginning start: String) throws -> String {
      while true {
        let message = try next()
        if message.hasPrefix(start) { return message }
      }
    }
  }

  @Test func itTellsWhenItIsReadyThatItLivesAndThatItStops() throws {
    let socket = try NotifySocket(folder.path("notify"))
    var watched = program
    watched.environment = ["NOTIFY_SOCKET": folder.path("notify"), "WATCHDOG_USEC": "50000"]
    let daemon = try watched.start(["serve", "--wait", "--listen", "127.0.0.1:0"])
    #expect(try socket.next().hasPrefix("READY=1\nSTATUS=listening on 127.0.0.1:"))
    // By then the daemon is listening.
    #expect(daemon.waitForOutput("listening on"))
    for _ in 0..<3 { #expect(try socket.next(beginning: "WATCHDOG") == "WATCHDOG=1") }
    daemon.send(SIGTERM)
    #expect(try socket.next(beginning: "STOPPING").hasPrefix("STOPPING=1\n"))
    #expect(daemon.finish().exitCode == 0)
  }

  @Test func withoutSomebodyToTellItServesAsEver() throws {
    var alone = program
    alone.environment = [
      "NOTIFY_SOCKET": folder.path("nobody"), "LISTEN_PID": "1", "LISTEN_FDS": "2",
      "WATCHDOG_PID": "1", "WATCHDOG_USEC": "1000",
    ]
    let daemon = try alone.start(["serve", "--wait", "--listen", "127.0.0.1:0"])
    #expect(daemon.waitForOutput("listening on 127.0.0.1:"))
    daemon.send(SIGTERM)
    #expect(daemon.finish().exitCode == 0)
  }

  /// Uses systemd's own program for testing socket activation.
  @Test func itListensOnWhatItIsHanded() throws {
    let activate = "/usr/bin/systemd-socket-activate"
    try #require(FileManager.default.fileExists(atPath: activate), "install the package systemd")
    let path = folder.path("handed")
    let manager = Program(path: activate, in: folder.path)
    let running = try manager.start(
      [
        "--listen", path, "--setenv", "LATENT_MODELS=\(folder.path("models"))", program.path,
        "serve", "--wait",
      ])
    #expect(running.waitForErrors("Listening on "))
    // The first client triggers the start of the daemon, and waits for it.
    let client = try SocketClient(path: path)
    #expect(try client.ask("PING\nQUIT\n") == "\"PONG\"\n\"OK\"\n")
    #expect(running.waitForOutput("listening on \(path)\n"))
    #expect(!running.outputSoFar.contains("6380"))
    running.send(SIGTERM)
    #expect(running.finish().exitCode == 0)
    // The file is systemd's to remove: the next daemon gets the same socket.
    #expect(FileManager.default.fileExists(atPath: path))
  }

  @Test func whatIsHandedOverAndNoSocketIsRefused() throws {
    let shell = Program(path: "/bin/sh", in: folder.path)
    let refused = try shell.run([
      "-c", "LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" serve --wait 3</dev/null", program.path,
    ])
    #expect(refused.exitCode == 1)
    #expect(refused.errors.contains("descriptor 3"), "\(refused.errors)")
  }

  /// Starts the daemon under a manager that hands it a socket for each of the `names` and restarts it on demand.
  private func startHanding(_ names: String, _ arguments: [String]) throws -> RunningProgram {
    try Program(path: "/usr/bin/python3", in: folder.path).start(
      [ProjectFolder.fixture("clients/service_manager.py"), names, program.path, "serve", "--wait"]
        + arguments)
  }

  /// Every port outlives the daemon, whatever its protocol: a client that connects in between waits for the next
  /// daemon.
  @Test func portsOfEachKindOutliveTheDaemon() throws {
    let certificates = try TestCertificates(in: folder)
    try certificates.sign("server")
    let running = try startHanding(
      "latent.socket:tls:http:https",
      ["--tls-cert-file", "server.pem", "--tls-key-file", "server.key", "--max-age", "1d"])
    try #require(running.waitForOutput("listening on https://"), "\(running.outputSoFar)")
    func port(_ pattern: Regex<(Substring, Substring)>) throws -> Int {
      let match = running.outputSoFar.firstMatch(of: pattern)
      return try #require(match.flatMap { Int($0.1) }, "\(running.outputSoFar)")
    }
    let plain = try port(#/listening on 127\.0\.0\.1:(\d+)\n/#)
    let tls = try port(#/listening on 127\.0\.0\.1:(\d+) \(TLS\)\n/#)
    let http = try port(#/listening on http:\/\/127\.0\.0\.1:(\d+)\n/#)
    let https = try port(#/listening on https:\/\/127\.0\.0\.1:(\d+)\n/#)
    #expect(!running.outputSoFar.contains("6380"))
    let client = try SocketClient(port: plain)
    try client.send("SHUTDOWN\n")
    #expect(try client.receiveAll() == [])
    try #require(running.waitForOutput("ended\n"))
    // No daemon is running now.
    let request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    let waiting = try [(plain, "PING\nQUIT\n"), (http, request)].map { port, words in
      let client = try SocketClient(port: port)
      try client.send(words)
      return client
    }
    let openSSL = Program(path: "/usr/bin/openssl", in: folder.path)
    let encrypted = try [(tls, "PING\nQUIT\n"), (https, request)].map { port, words in
      try openSSL.start(
        [
          "s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", certificates.authority,
          "-verify_return_error", "-ign_eof",
        ], input: words)
    }
    running.send(SIGUSR1)
    let answers =
      try waiting.map { String(decoding: try $0.receiveAll(), as: UTF8.self) }
      + encrypted.map { $0.finish().output }
    #expect(answers[0] == "\"PONG\"\n\"OK\"\n")
    #expect(answers[1].hasPrefix("HTTP/1.1 200 ") && answers[1].hasSuffix("ok\n"), "\(answers[1])")
    #expect(answers[2].contains("\"PONG\"\n\"OK\"\n"), "\(answers[2])")
    #expect(answers[3].contains("HTTP/1.1 200 "), "\(answers[3])")
    let last = try SocketClient(port: plain)
    try last.send("SHUTDOWN\n")
    _ = try last.receiveAll()
    #expect(running.finish().exitCode == 0)
  }

  /// Settings that make no sense or are unsafe are reported before anything is served.
  @Test(arguments: [
    ("tls", [String](), Int32(64), "as tls (FileDescriptorName=) is for TLS: give --tls-cert-file"),
    ("latent.socket:https", [], 64, "as https (FileDescriptorName=) is for TLS"),
    ("tsl", [], 64, "has the unknown name \"tsl\""),
    ("http", ["--handover", "h.sock"], 64, "LISTEN_FDS"),
    (
      "unix=tls", ["--tls-cert-file", "server.pem", "--tls-key-file", "server.key"], 1,
      "it was handed over for tls (FileDescriptorName=), but is a Unix socket"
    ),
    ("unix=http", [], 1, "it was handed over for http (FileDescriptorName=), but is a Unix socket"),
  ])
  func whatIsHandedOverAsSomethingElseIsRefused(
    _ names: String, _ arguments: [String], _ exitCode: Int32, _ words: String
  ) throws {
    try TestCertificates(in: folder).sign("server")
    let result = try startHanding(names, arguments).finish()
    #expect(result.exitCode == exitCode && result.errors.contains(words), "\(result.errors)")
    #expect(result.output.isEmpty)
  }

  @Test func theUnitsAreGood() throws {
    let script = Program(path: ProjectFolder.path + "/deploy/systemd/test", in: folder.path)
    let result = try script.run([])
    #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
    #expect(result.output.contains("the units are good"))
  }
}
