import Foundation
import ModelRegistry
import Ratings
import RatingsSQLite
import Recommenders
import Synchronization
import TestEnvironment
import Testing

/// Tests of a daemon that takes over from another (`latent serve --handover`), as clients and operators see it.
struct HandoverTests {
  let folder: TemporaryFolder
  let service: ServeCommandTests

  init() throws {
    folder = try TemporaryFolder()
    service = try ServeCommandTests(in: folder)
    try service.publish(mean: 3)
  }

  static let usual = [
    "serve", "--listen", "127.0.0.1:0", "--socket", "s.sock", "--http", "127.0.0.1:0",
    "--handover", "handover.sock",
  ]

  func start(_ arguments: [String] = []) throws -> RunningProgram {
    let running = try Program(in: folder.path).start(Self.usual + arguments)
    try #require(running.waitForOutput("listening on http://"), "\(running.outputSoFar)")
    return running
  }

  /// Repeated requests on a thread of their own that must not notice a restart.
  final class Flood: Sendable {
    struct Counts: Equatable {
      var answers = 0
      var retries = 0
      var problems: [String] = []
    }
    private let counts = Mutex(Counts())
    private let isOver = Atomic(false)
    private let ended = DispatchSemaphore(value: 0)

    /// Sends `requests` at once to connections made by `connect`, `rounds` times on each. Each answer must satisfy
    /// `isRight`. A request whose connection ended before any byte of the reply is sent once more.
    init(
      _ requests: [String], rounds: Int = 100,
      _ connect: @escaping @Sendable () throws -> SocketClient,
      _ isRight: @escaping @Sendable (_ line: String, _ request: String) -> Bool
    ) {
      Thread.detachNewThread { [self] in
        var number = 0
        while !isOver.load(ordering: .relaxed) {
          do {
            var client = try connect()
            for _ in 0..<rounds where !isOver.load(ordering: .relaxed) {
              number += 1
              let sent = requests.map { $0.replacing("#", with: "\(number)") }
              var waiting = sent[...]
              var hasRetried = false
              while !waiting.isEmpty {
                do {
                  try client.send(waiting.joined(separator: "\n") + "\n")
                  while let request = waiting.first {
                    guard let line = try client.receiveLine() else {
                      throw SocketClient.Failure(call: "recv", number: 0)
                    }
                    if !isRight(line, request) { note("\(request): \(line)") }
                    counts.withLock { $0.answers += 1 }
                    hasRetried = false
                    waiting.removeFirst()
                  }
                } catch let failure as SocketClient.Failure where !hasRetried {
                  if try !client.receive(1).isEmpty { note("cut: \(failure)") }
                  counts.withLock { $0.retries += 1 }
                  hasRetried = true
                  client = try connect()
                }
              }
            }
          } catch { note("\(error)") }
        }
        ended.signal()
      }
    }

    private func note(_ problem: String) {
      counts.withLock { if $0.problems.count < 5 { $0.problems.append(problem) } }
    }

    var answerCount: Int { counts.withLock { $0.answers } }

    /// Stops the requests, and returns the counts.
    func finish() -> Counts {
      isOver.store(true, ordering: .relaxed)
      ended.wait()
      return counts.withLock { $0 }
    }
  }

  func port(of running: RunningProgram) throws -> Int {
    try #require(
      running.outputSoFar.firstMatch(of: #/listening on 127\.0\.0\.1:(\d+)/#).flatMap { Int($0.1) })
  }

  @Test func nobodySeesARestart() throws {
    let store = SQLiteStore(path: folder.path("ratings.sqlite"))
    _ = try store.migrate()
    try store.write { try $0.fixTypes(user: .integer, item: .integer) }
    let withStore = ["--store", "sqlite:ratings.sqlite"]
    var running = try start(withStore)
    let port = try port(of: running)
    let path = folder.path("s.sock")
    let answers = ["PREDICT 1 10": 4.0, "PREDICT 2 20": 7.0, "PREDICT 1 30": 6.0]
    let isRight: @Sendable (String, String) -> Bool = { line, request in
      line.contains(#""version":1"#) && line.contains("\"prediction\":\(answers[request] ?? 0)")
    }
    let pipeline = (0..<4).flatMap { _ in answers.keys.sorted() }
    let floods =
      [(pipeline, 100), (pipeline, 3), (["PREDICT 1 10"], 1), (["PREDICT 2 20"], 50)].map {
        Flood($0.0, rounds: $0.1, { try SocketClient(port: port) }, isRight)
      } + [Flood(["PREDICT 1 30"], { try SocketClient(path: path) }, isRight)]
    let ratings = Flood(
      ["RATE 7 # 4"], { try SocketClient(port: port) },
      { line, _ in line.contains(#""outcome":""#) })
    for _ in 0..<3 {
      let counts = floods.map(\.answerCount)
      let next = try start(withStore)
      #expect(next.outputSoFar == running.outputSoFar)
      let result = running.finish()
      #expect(result.exitCode == 0 && result.errors.contains("has taken over, and serves"))
      running = next
      // The next daemon serves each flood.
      while zip(floods, counts).contains(where: { $0.answerCount <= $1 + 100 }), running.isRunning {
        usleep(1000)
      }
    }
    for flood in floods {
      let counts = flood.finish()
      #expect(counts.problems == [] && counts.answers > 0)
    }
    let rated = ratings.finish()
    #expect(rated.problems == [])
    let kept = try store.session(reading: nil).ratings(
      of: try #require(UserID("7", as: .integer)), limit: 1_000_000)
    // Each rating is of another item, in order: every acknowledged rating is stored.
    #expect(rated.answers > 0 && kept.count == rated.answers)
    running.send(SIGTERM)
    #expect(running.finish().exitCode == 0)
    for name in ["s.sock", "handover.sock"] {
      #expect(!FileManager.default.fileExists(atPath: folder.path(name)))
    }
  }

  /// Earlier requests and connections not yet accepted are answered by one of the two daemons.
  @Test func whoIsConnectedIsAnsweredToTheEnd() throws {
    let first = try start()
    let client = try SocketClient(path: folder.path("s.sock"))
    try client.send("PING hello\n")
    #expect(try client.receiveLine() == "\"hello\"")
    // Half a request is dropped: its client asks the next daemon.
    try client.send("PREDICT 1")
    let second = try start()
    #expect(try client.receiveAll() == [])
    #expect(first.finish().exitCode == 0)
    #expect(try service.ask("PREDICT 1 10\n").contains("4.0"))
    second.send(SIGTERM)
    #expect(second.finish().exitCode == 0)
  }

  /// If the new daemon can't serve, for whatever reason, the running one goes on and can be taken over later.
  @Test func oneThatFailsChangesNothing() throws {
    let first = try start()
    let blocker = try Program(in: folder.path).start(["serve", "--listen", "127.0.0.1:0"])
    defer { blocker.send(SIGKILL) }
    try #require(blocker.waitForOutput("listening on 127"))
    let taken = "127.0.0.1:\(try port(of: blocker))"
    let failing: [(arguments: [String], words: String)] = [
      (["--listen", taken, "--socket-mode", "0666"], "another program listens there"),
      (["--models", "none", "--wait"], "the running daemon has all its models in service"),
      (["--models", "none"], "no version of recommender is in service"),
      (["--socket-group", "4294967294"], "s.sock"),
    ]
    for (arguments, words) in failing where geteuid() != 0 || arguments[0] != "--socket-group" {
      let result = try Program(in: folder.path).run(Self.usual + arguments)
      #expect(result.exitCode == 1 && result.errors.contains(words), "\(result.errors)")
      #expect(try service.ask("PREDICT 1 10\n").contains("4.0"))
      let attributes = try FileManager.default.attributesOfItem(atPath: folder.path("s.sock"))
      #expect(attributes[.posixPermissions] as? Int == 0o600)
    }
    #expect(first.waitForErrors("the handover failed, and this daemon keeps serving"))
    let second = try start()
    #expect(first.finish().exitCode == 0)
    #expect(try service.ask("PREDICT 1 10\n").contains("4.0"))
    second.send(SIGTERM)
    #expect(second.finish().exitCode == 0)
  }

  @Test func whatIsNotUnderstoodChangesNothing() throws {
    let running = try start()
    func say(_ words: String) throws -> String {
      let client = try SocketClient(path: folder.path("handover.sock"))
      try client.send(words)
      return String(decoding: try client.receiveAll(), as: UTF8.self)
    }
    #expect(try say("PING\n").hasPrefix("REFUSED the other process sent an unknown message"))
    #expect(try say("READY\n").hasPrefix("REFUSED "))
    #expect(
      try say("LATENT-HANDOVER 2\n").hasPrefix(
        "REFUSED it uses handover version 2, and this daemon 1"))
    // More than is read: this resets the connection, and the reply is lost.
    _ = try? say(String(repeating: "x", count: 70_000))
    // Nothing is sent, until the timeout.
    #expect(try say("").hasPrefix("REFUSED the other process did not answer in time"))
    // The sockets are sent, but the next word is wrong: the daemon waits for READY, and only then says GO.
    let answer = try say("LATENT-HANDOVER 1\nSERVING\n")
    #expect(answer.hasPrefix("SOCKETS {"))
    for kind in ["tcp", "unix", "http", "handover"] { #expect(answer.contains("\"\(kind)\"")) }
    #expect(answer.contains("\nREFUSED ") && !answer.contains("GO"))
    // A process that goes away after GO.
    let client = try SocketClient(path: folder.path("handover.sock"))
    try client.send("LATENT-HANDOVER 1\nREADY\n")
    _ = try client.receiveLine()
    #expect(try client.receiveLine() == "GO")
    client.finishSending()
    #expect(try client.receiveLine() == "REFUSED the other process has ended the connection")
    #expect(try service.ask("PREDICT 1 10\n").contains("4.0"))
    #expect(running.isRunning)
    running.send(SIGTERM)
    let result = running.finish()
    #expect(result.exitCode == 0 && !result.errors.contains("has taken over"))
    #expect(!FileManager.default.fileExists(atPath: folder.path("s.sock")))
  }

  /// Each daemon gets the sockets from the one before it.
  @Test func severalAtOnceComeOneAfterTheOther() throws {
    let first = try start()
    let others = try (0..<3).map { _ in try Program(in: folder.path).start(Self.usual) }
    for other in others { #expect(other.waitForOutput("listening on http://")) }
    #expect(first.finish().exitCode == 0)
    while others.count(where: \.isRunning) > 1 { usleep(1000) }
    #expect(try service.ask("PREDICT 1 10\n").contains("4.0"))
    for other in others where other.isRunning { other.send(SIGTERM) }
    for other in others { #expect(other.finish().exitCode == 0) }
    #expect(!FileManager.default.fileExists(atPath: folder.path("handover.sock")))
  }

  /// A client of a socket that the next daemon does not listen on finds no server, as after any stop.
  @Test func theFileOfASocketThatNobodyTakesIsRemoved() throws {
    let first = try start()
    let second = try Program(in: folder.path).start(
      Self.usual.map { $0 == "s.sock" ? "t.sock" : $0 })
    try #require(second.waitForOutput("listening on http://"))
    #expect(first.finish().exitCode == 0)
    #expect(!FileManager.default.fileExists(atPath: folder.path("s.sock")))
    let answer = try SocketClient(path: folder.path("t.sock")).ask("PREDICT 1 10\n")
    #expect(answer.contains("4.0"))
    second.send(SIGTERM)
    #expect(second.finish().exitCode == 0)
  }

  /// A daemon stopped while its sockets are lent leaves them, and their files, to the borrower.
  @Test func oneThatStopsWithItsSocketsLentLeavesTheirFiles() throws {
    let running = try start()
    let client = try SocketClient(path: folder.path("handover.sock"))
    try client.send("LATENT-HANDOVER 1\n")
    #expect(try client.receiveLine()?.hasPrefix("SOCKETS ") == true)
    running.send(SIGTERM)
    #expect(running.finish().exitCode == 0)
    for name in ["s.sock", "handover.sock"] {
      #expect(FileManager.default.fileExists(atPath: folder.path(name)))
    }
  }

  /// Starts a daemon that hands over a TCP socket and, once it has received `word`, follows its instructions.
  private func startOther(
    _ word: String, _ answers: [String] = []
  ) throws -> (running: RunningProgram, port: Int) {
    let other = try Program(path: "/usr/bin/python3", in: folder.path).start(
      [ProjectFolder.fixture("clients/handover_daemon.py"), word] + answers)
    try #require(other.waitForOutput(" \n"), "\(other.outputSoFar)")
    let port = other.outputSoFar.firstMatch(of: #/lends (\d+)/#).flatMap { Int($0.1) }
    return (other, try #require(port))
  }

  private static let alone = ["serve", "--listen", "127.0.0.1:0", "--handover", "handover.sock"]

  /// A daemon that has ended serves nobody. The next one serves, on the sockets it was handed, or on its own if it has
  /// none yet.
  @Test(arguments: ["LATENT-HANDOVER", "READY", "SERVING"])
  func oneThatEndsAtAWordIsSucceeded(_ word: String) throws {
    let (other, lent) = try startOther(word)
    let next = try Program(in: folder.path).start(Self.alone)
    try #require(next.waitForOutput("listening on 127.0.0.1:"))
    #expect(other.finish().exitCode == 0)
    let port = try port(of: next)
    if word != "LATENT-HANDOVER" { #expect(port == lent) }
    #expect(try SocketClient(port: port).ask("PREDICT 1 10\n").contains("4.0"))
    next.send(SIGTERM)
    let result = next.finish()
    #expect(result.exitCode == 0)
    let isMissed = result.errors.contains("the other process has ended meanwhile")
    #expect(isMissed == (word != "LATENT-HANDOVER"), "\(result.errors)")
  }

  /// A process that is refused, however late, leaves the sockets to the running daemon.
  @Test(arguments: ["LATENT-HANDOVER", "READY", "SERVING"])
  func oneThatIsRefusedAtAWordEnds(_ word: String) throws {
    let (other, _) = try startOther(word, ["REFUSED not \u{1B}[31mtoday"])
    let result = try Program(in: folder.path).run(Self.alone)
    #expect(result.exitCode == 1 && result.output.isEmpty)
    #expect(
      result.errors.contains("did not hand over its sockets: refused: not \u{FFFD}[31mtoday"),
      "\(result.errors)")
    #expect(other.finish().exitCode == 0)
    #expect(FileManager.default.fileExists(atPath: folder.path("handover.sock")))
  }

  /// As when a whole machine is stopped during a handover.
  @Test func oneThatIsToldToStopBeforeItTookOverEndsWell() throws {
    let (other, _) = try startOther("HOLD")
    let next = try Program(in: folder.path).start(Self.alone + ["--log-level", "debug"])
    try #require(other.waitForOutput("asked"))
    next.send(SIGTERM)
    try #require(next.waitForErrors("Signal caught. Shutting down the group."))
    other.send(SIGUSR1)
    let result = next.finish()
    #expect(result.exitCode == 0 && result.output.isEmpty, "\(result.errors)")
    #expect(result.errors.contains("told to stop before it took over"), "\(result.errors)")
    #expect(other.finish().exitCode == 0)
    #expect(FileManager.default.fileExists(atPath: folder.path("handover.sock")))
  }

  @Test func oneThatIsKilledLeavesNothingInTheWay() throws {
    let first = try start()
    first.send(SIGKILL)
    _ = first.finish()
    let second = try start()
    #expect(try service.ask("PREDICT 1 10\n").contains("4.0"))
    second.send(SIGTERM)
    #expect(second.finish().exitCode == 0)
  }

  /// Only the owner of the file may connect: a process of another user has no business with the sockets.
  @Test(
    .enabled(if: ClosedDoorTests.canBeNobody && geteuid() == 0, "needs to be root, and setpriv"))
  func anotherUserIsRefused() throws {
    chmod(folder.path, 0o777)
    let nobody = try Program(path: "/bin/sh", in: folder.path).start([
      "-c",
      "exec setpriv --reuid=65534 --regid=65534 --clear-groups '\(Program(in: "/").path)' serve --wait "
        + "--models none --listen 127.0.0.1:0 --handover handover.sock",
    ])
    try #require(nobody.waitForOutput("listening on 127"))
    let client = try SocketClient(path: folder.path("handover.sock"))
    try client.send("LATENT-HANDOVER 1\n")
    #expect(try client.receiveLine()?.contains("it runs as another user than this daemon") == true)
    let result = try Program(in: folder.path).run(Self.usual)
    #expect(result.exitCode == 1)
    #expect(
      result.errors.contains(
        "handover.sock: the running daemon did not hand over its sockets: a process of another user"
      ))
    nobody.send(SIGTERM)
    #expect(nobody.finish().exitCode == 0)
  }

  @Test func itsSocketIsForItsOwnUserAlone() throws {
    let running = try start(["--socket-mode", "0666"])
    let attributes = try FileManager.default.attributesOfItem(
      atPath: folder.path("handover.sock"))
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    let next = try start(["--socket-mode", "0660"])
    #expect(running.finish().exitCode == 0)
    let shared = try FileManager.default.attributesOfItem(atPath: folder.path("s.sock"))
    #expect(shared[.posixPermissions] as? Int == 0o660)
    next.send(SIGTERM)
    #expect(next.finish().exitCode == 0)
  }

  @Test func whatCanNotBeMeantIsRefused() throws {
    let same = try Program(in: folder.path).run([
      "serve", "--socket", "s.sock", "--handover", "s.sock",
    ])
    #expect(same.exitCode == 64)
    let many = (0...252).flatMap { ["--listen", "127.0.0.1:\(20_000 + $0)"] }
    let tooMany = try Program(in: folder.path).run(["serve", "--handover", "h.sock"] + many)
    #expect(
      tooMany.exitCode == 64 && tooMany.errors.contains("at most 252 addresses, and these are 253"),
      "\(tooMany.errors)")
    let shell = Program(path: "/bin/sh", in: folder.path)
    let both = try shell.run([
      "-c", "LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" serve --handover h.sock 3</dev/null",
      Program(in: "/").path,
    ])
    #expect(both.exitCode == 64 && both.errors.contains("LISTEN_FDS"), "\(both.errors)")
  }
}
