import Foundation
import Ratings
import RatingsSQLite
import TestEnvironment
import Testing

/// Tests of Redis client libraries and Redis's own programs against the daemon. Each covers its typical uses:
/// connecting, naming itself, queries, ratings, pipelining, notification of a new version, parsing the daemon's INFO,
/// and shutting it down.
struct ClientLibraryTests {
  /// A client that is a separate program.
  struct Client: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let program: String
    let arguments: [String]
    let output: String
  }

  private let daemon: AccessCommandTests
  private let models: ServeCommandTests

  init() throws {
    daemon = try AccessCommandTests()
    models = try ServeCommandTests(in: daemon.folder)
    let store = SQLiteStore(path: daemon.folder.path("ratings.sqlite"))
    _ = try store.migrate()
    try store.write { try $0.fixTypes(user: .integer, item: .integer) }
  }

  /// Starts a daemon with a store and an administrator, and returns it with its port.
  private func start(_ arguments: [String] = []) throws -> (RunningProgram, Int) {
    #expect(
      try daemon.passwd("chief", "--role", "admin", password: "root of all").exitCode == 0)
    let (running, ports) = try daemon.serve(
      [
        "--users", "users", "--listen", "127.0.0.1:0", "--store", "sqlite:ratings.sqlite",
        "--threads", "2",
      ] + arguments, ports: 1)
    return (running, ports[0])
  }

  /// Runs a client to its end. Puts another version in service once the client has subscribed.
  private func check(
    _ program: String, _ arguments: [String], says output: String
  ) throws {
    let (running, port) = try start()
    let client = try Program(path: program, in: daemon.folder.path).start(
      arguments.map { $0 == "PORT" ? "\(port)" : $0 })
    if client.waitForOutput("subscribed 1\n") { try models.publish(mean: 4) }
    let result = client.finish()
    #expect(result.output == output, "\(result.errors)")
    #expect(result.exitCode == 0)
    // The client has shut the daemon down.
    if result.exitCode != 0 { running.send(SIGTERM) }
    let end = running.finish()
    #expect(end.exitCode == 0)
    #expect(result.exitCode != 0 || end.errors.contains("SHUTDOWN: stopping, as chief asked"))
  }

  private static func pythonOutput(_ recommended: String = "['30']") -> String {
    """
    ping True shop
    recommend \(recommended)
    rate added
    pipeline 300
    pipeline 300
    info 1 True True 0 1
    commandstats 600
    config True {'slowlog-log-slower-than': '0'}
    slowlog RECOMMEND 1 True True True
    clients ['other', 'shop'] chief
    kill 1 1
    latency True
    command -3 True
    subscribed 1
    message recommender 2
    version 6.0
    unsubscribe
    gone

    """
  }

  @Test func redisPy() throws {
    try check(
      "/usr/bin/python3",
      [ProjectFolder.fixture("clients/library_client.py"), "redis", "PORT", "2"],
      says: Self.pythonOutput())
  }

  /// Present if deploy/install-packages could get it from PyPI.
  private static let valkeyPython = "/usr/local/lib/latent-clients/bin/python3"

  @Test(
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: valkeyPython),
      "needs valkey-py, which deploy/install-packages --for-tests gets from PyPI where that can be reached"
    ),
    arguments: [2, 3])
  func valkeyPy(_ version: Int) throws {
    try check(
      Self.valkeyPython,
      [ProjectFolder.fixture("clients/library_client.py"), "valkey", "PORT", "\(version)"],
      says: Self.pythonOutput())
  }

  @Test func perlsRedis() throws {
    try check(
      "/usr/bin/perl", [ProjectFolder.fixture("clients/library_client.pl"), "PORT"],
      says: """
        ping PONG shop
        recommend 30
        rate added
        pipeline 600
        info 1 1 0
        commandstats calls=600
        config OK slowlog-log-slower-than 0
        slowlog 6 RECOMMEND 1 shop OK
        clients shop chief
        subscribed 1
        message recommender 2
        version 6.0
        gone

        """)
  }

  @Test func hiredis() throws {
    let compiler = try Requirement.program("clang").resolve()
    let compiled = try Program(path: compiler, in: daemon.folder.path).run([
      "-Wall", "-o", "library_client", ProjectFolder.fixture("clients/library_client.c"),
      "-lhiredis",
    ])
    try #require(compiled.exitCode == 0, "\(compiled.errors)")
    try check(
      daemon.folder.path("library_client"), ["PORT"],
      says: """
        ping PONG shop
        recommend 1 30
        rate outcome added
        pipeline 600
        info 1 1
        commandstats 1
        config OK
        slowlog 6 RECOMMEND 1 shop
        clients 1 1
        subscribed 1
        message recommender 1
        version 6.0
        gone 1

        """)
  }

  /// The output of redis-cli in protocol versions 2 and 3.
  @Test(arguments: [[], ["-3"]]) func redisCLI(_ version: [String]) throws {
    let (running, port) = try start()
    let program = Program(path: "/usr/bin/redis-cli", in: daemon.folder.path)
    let options =
      ["-p", "\(port)", "--user", "chief", "--pass", "root of all", "--no-auth-warning"] + version
    func say(_ words: String...) throws -> String { try program.run(options + words).output }
    #expect(try say("RECOMMEND", "1", "COUNT", "1") == "30\n")
    let figures = try say("INFO", "commandstats")
    #expect(figures.contains("cmdstat_recommend:calls=1,usec="))
    #expect(figures.contains(",rejected_calls=0,failed_calls=0\r\n"))
    #expect(try say("CONFIG", "SET", "slowlog-log-slower-than", "0") == "OK\n")
    // In version 3 a name and its value share a line.
    #expect(
      try say("CONFIG", "GET", "slowlog-log*").split(whereSeparator: \.isWhitespace)
        == ["slowlog-log-slower-than", "0"])
    #expect(try say("CONFIG", "SET", "databases", "2").contains("can't set immutable config"))
    #expect(try say("RECOMMEND", "1", "COUNT", "3") == "30\n20\n")
    // redis-cli identifies itself before each command.
    #expect(try say("SLOWLOG", "GET", "3").contains("\nRECOMMEND\n1\n127.0.0.1:"))
    #expect(try say("CLIENT", "LIST").contains(" cmd=client user=chief redir=-1 resp="))
    #expect(try say("CLIENT", "KILL", "ID", "999") == "0\n")
    #expect(try say("LATENCY", "HISTOGRAM", "recommend").contains("histogram_usec"))
    #expect(try say("COMMAND", "COUNT") == "39\n")
    // A subscriber prints each message as it arrives.
    let subscriber = try program.start(options + ["SUBSCRIBE", "recommender"])
    try #require(subscriber.waitForOutput("subscribe\nrecommender\n1\n"))
    try models.publish(mean: 4)
    #expect(
      subscriber.waitForOutput("message\nrecommender\n{\"model\":\"recommender\",\"version\":2"))
    subscriber.send(SIGTERM)
    _ = subscriber.finish()
    // The daemon shuts down without a reply, as Redis does.
    #expect(try say("SHUTDOWN").isEmpty)
    #expect(running.finish().exitCode == 0)
  }

  /// Each number of `redis-cli --stat` matches the requests made.
  @Test func theFiguresOfStatAreTrue() throws {
    let (running, port) = try start()
    let clients = try (0..<3).map { _ in try SocketClient(port: port) }
    for client in clients {
      try client.send("AUTH chief \"root of all\"\n")
      #expect(try client.receiveLine() == "\"OK\"")
    }
    let options = [
      "-p", "\(port)", "--user", "chief", "--pass", "root of all", "--no-auth-warning",
    ]
    let stat = try Program(path: "/usr/bin/stdbuf", in: daemon.folder.path).start(
      ["-oL", "/usr/bin/redis-cli"] + options + ["--stat", "-i", "0.05"])
    let form = #/\n0 +(\d+\.\d\d)M +4 +0 +(\d+) \(\+(\d+)\) +4 +\n/#
    while stat.isRunning, stat.outputSoFar.firstMatch(of: form) == nil { usleep(1000) }
    let first = try #require(stat.outputSoFar.firstMatch(of: form))
    #expect(stat.outputSoFar.contains("keys       mem      clients blocked requests"))
    #expect(Double(first.1) ?? 0 > 1)
    // Three AUTHs, its own, and an INFO for each line.
    #expect(first.2 == "5")
    for _ in 0..<50 {
      try clients[0].send("PING\n")
      _ = try clients[0].receiveLine()
    }
    func total() -> Int {
      stat.outputSoFar.matches(of: form).compactMap { Int($0.2) }.max() ?? 0
    }
    withExtendedLifetime(clients) { while stat.isRunning, total() < 56 { usleep(1000) } }
    #expect(total() >= 56 && total() < 5000)
    stat.send(SIGTERM)
    _ = stat.finish()
    running.send(SIGTERM)
    #expect(running.finish().exitCode == 0)
  }

  @Test func redisBenchmark() throws {
    let (running, port) = try start()
    let options = ["-p", "\(port)", "--user", "chief", "-a", "root of all", "-q"]
    for further in [[], ["-P", "16"], ["-3"]] {
      let result = try Program(path: "/usr/bin/redis-benchmark", in: daemon.folder.path).run(
        options + further + ["-n", "3200", "-c", "10", "RECOMMEND", "1", "COUNT", "2"])
      #expect(result.exitCode == 0 && result.output.contains("requests per second"), "\(result)")
      #expect(!result.errors.contains("rror"), "\(result.errors)")
    }
    let client = try SocketClient(port: port)
    let answers = try client.ask("AUTH chief \"root of all\"\nINFO commandstats\n")
    #expect(answers.contains("cmdstat_recommend\":\"calls=9600,usec="))
    #expect(answers.contains("rejected_calls=0,failed_calls=0"))
    running.send(SIGTERM)
    #expect(running.finish().exitCode == 0)
  }

  /// A removed user gets no further messages and is disconnected.
  @Test func aSubscriberWhoIsAUserNoMoreIsDisconnected() throws {
    let (running, port) = try start()
    #expect(try daemon.passwd("reader", "--role", "read", password: "open sesame").exitCode == 0)
    #expect(running.waitForErrors("2 users may log in"))
    let clients = try [("reader", "open sesame"), ("chief", "root of all")].map { user, password in
      let client = try SocketClient(port: port)
      try client.send("AUTH \(user) \"\(password)\"\nPSUBSCRIBE *\n")
      #expect(try client.receiveLine() == "\"OK\"")
      #expect(try client.receiveLine() == "[\"psubscribe\",\"*\",1]")
      return client
    }
    #expect(try daemon.passwd("reader", "--remove", password: "").exitCode == 0)
    #expect(try clients[0].receiveLine() == nil)
    try models.publish(mean: 4)
    #expect(try clients[1].receiveLine()?.contains("\"version\":2") == true)
    running.send(SIGTERM)
    #expect(running.finish().exitCode == 0)
  }
}
