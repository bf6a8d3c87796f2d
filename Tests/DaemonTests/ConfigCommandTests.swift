import Daemon
import Foundation
import LineProtocol
import Logging
import TestEnvironment
import Testing

/// CONFIG GET and SET, tested by the effects of the settings.
struct ConfigCommandTests {
  static func settings(_ text: String) throws -> [String: String] {
    try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
  }

  @Test func getKnowsPatterns() throws {
    var conversation = Conversation(about: nil, version: "0")
    func get(_ patterns: String) throws -> [String: String] {
      try Self.settings(conversation.answer("CONFIG GET \(patterns)\n"))
    }
    let all = try get("*")
    #expect(
      all == [
        "appendonly": "no", "databases": "1", "io-threads": "1",
        "latency-monitor-threshold": "100", "maxclients": "1024", "maxmemory-clients": "268435456",
        "proto-max-bulk-len": "65536", "save": "", "slowlog-log-slower-than": "10000",
        "slowlog-max-len": "128", "timeout": "600",
      ])
    #expect(try get("SAVE") == ["save": ""])
    #expect(try get("nothing") == [:])
    #expect(try get("max*") == all.filter { $0.key.hasPrefix("max") })
    #expect(try get("slowlog-* time[o]ut").count == 3)
    #expect(try get(String(repeating: "*", count: 2000)).isEmpty)
  }

  @Test(arguments: [
    ("timeout -1", "argument must be between 0 and 31536000 inclusive"),
    ("timeout x", "argument must be between"), ("maxclients 0", "between 1 and 1024"),
    ("maxclients 1025", "between 1 and 1024"), ("maxmemory-clients 1", "between"),
    ("slowlog-max-len 4097", "between 0 and 4096"), ("slowlog-log-slower-than -2", "between"),
    ("databases 2", "(possibly related to argument 'databases') - can't set immutable config"),
    ("io-threads 2", "another --threads"), ("nothing 1", "Unknown option"),
    ("loglevel debug", "Unknown option"), ("timeout 1 timeout 2", "duplicate parameter"),
    ("timeout 1 maxclients", "wrong number of arguments"),
    ("timeout 1 databases 2", "can't set immutable config"),
  ])
  func whatCanNotBeSetChangesNothing(_ words: String, _ problem: String) throws {
    var conversation = Conversation(about: nil, version: "0")
    let reply = conversation.answer("CONFIG SET \(words)\n")
    #expect(reply.contains(problem), "\(reply)")
    #expect(
      try Self.settings(conversation.answer("CONFIG GET timeout\n")) == ["timeout": "600"])
  }

  @Test func theSlowLogGoesByWhatIsSet() async throws {
    try await TestServer.run { running in
      try await running.talk { client in
        func say(_ request: String) throws -> String {
          try ClientCommandTests.say(client, request)
        }
        #expect(try say("CONFIG SET slowlog-log-slower-than 0 slowlog-max-len 3") == "\"OK\"")
        for _ in 0..<5 { _ = try say("PREDICT 1 10") }
        #expect(try say("SLOWLOG LEN") == "3")
        #expect(try say("CONFIG SET slowlog-max-len 1") == "\"OK\"")
        #expect(try say("CONFIG SET slowlog-log-slower-than -1") == "\"OK\"")
        let kept = try say("SLOWLOG LEN")
        #expect(kept == "1")
        _ = try say("PREDICT 1 10")
        #expect(try say("CONFIG GET slowlog-*").contains("\"slowlog-log-slower-than\":\"-1\""))
        #expect(try say("SLOWLOG GET -1").contains("CONFIG"))
      }
      #expect(running.log.all.contains("info: CONFIG SET: slowlog-max-len is now 3"))
    }
  }

  @Test func theLogGoesByTheLevelThatIsSet() async throws {
    let pipe = try LogQueueTests.SmallPipe()
    let queue = LogQueue(to: pipe.writer, label: "test")
    let level = LogThreshold(.info)
    let server = try await Server.start(
      on: [.tcp(host: "127.0.0.1", port: 0)], threadCount: 1, version: "0",
      log: Logger(label: "test") { QueuedLogHandler(label: $0, queue: queue, threshold: level) },
      logQueue: queue, logLevel: level,
      http: HTTPSettings(addresses: [.tcp(host: "127.0.0.1", port: 0)]))
    guard case .tcp(_, let port) = server.addresses[0],
      case .tcp(_, let httpPort) = server.httpAddresses[0]
    else { preconditionFailure("it listens where it was told to") }
    let lines = try await onThread {
      let client = try SocketClient(port: port)
      func say(_ request: String) throws -> String {
        try ClientCommandTests.say(client, request)
      }
      #expect(try say("CONFIG SET loglevel error") == "\"OK\"")
      #expect(try say("CONFIG SET timeout 300") == "\"OK\"")
      #expect(try Self.settings(say("CONFIG GET loglevel")) == ["loglevel": "error"])
      #expect(try say("CONFIG SET loglevel DEBUG") == "\"OK\"")
      #expect(try say("CONFIG SET loglevel notice").contains("debug, info, warning, error"))
      #expect(try HTTPClient(SocketClient(port: httpPort)).ask("/healthz").status == 200)
      return try pipe.lines { $0.contains { $0.contains("GET /healthz 200") } }
    }
    #expect(!lines.contains { $0.contains("timeout is 300") }, "\(lines)")
    #expect(lines.contains { $0.hasSuffix("CONFIG SET: loglevel is now debug") }, "\(lines)")
    #expect(lines.last?.contains(" debug test: ") == true, "\(lines)")
    try await server.stop()
  }

  @Test func fewerClientsAreTakenWhereSoSet() async throws {
    try await TestServer.run { running in
      try await onThread {
        let clients = try (0..<3).map { _ in try running.connect() }
        for client in clients { _ = try ClientCommandTests.say(client, "PING") }
        #expect(try ClientCommandTests.say(clients[0], "CONFIG SET maxclients 2") == "\"OK\"")
        let refused = try running.connect()
        #expect(try refused.receiveLine()?.hasPrefix("-TOO_MANY_CONNECTIONS") == true)
        // The refused client is not counted, and existing clients stay.
        #expect(try ClientCommandTests.list(clients[0]).count == 3)
        withExtendedLifetime(refused) {}
        #expect(try ClientCommandTests.say(clients[2], "PING") == "\"PONG\"")
        #expect(try ClientCommandTests.say(clients[0], "CONFIG SET maxclients 1024") == "\"OK\"")
        #expect(try ClientCommandTests.say(running.connect(), "PING") == "\"PONG\"")
        let info = try ClientCommandTests.say(clients[0], "INFO clients")
        #expect(info.contains("\"max_clients\":1024"))
      }
    }
  }

  /// The setting also closes connections that exist already, but no subscriber.
  @Test func idleClientsAreClosedOnceThatIsSet() async throws {
    var limits = ServerLimits()
    limits.idleTime = nil
    try await TestServer.run(limits: limits) { running in
      try await onThread {
        let (idle, subscriber) = (try running.connect(), try running.connect())
        _ = try ClientCommandTests.say(idle, "PING")
        _ = try ClientCommandTests.say(subscriber, "SUBSCRIBE recommender")
        let setter = try running.connect()
        #expect(try ClientCommandTests.say(setter, "CONFIG SET timeout 1") == "\"OK\"")
        #expect(try idle.receiveLine()?.contains("IDLE") == true)
        #expect(try idle.receiveLine() == nil)
        #expect(
          try ClientCommandTests.say(subscriber, "PING x") == "[\"pong\",\"x\"]")
      }
    }
  }

  /// The limit on clients' total memory may be lowered at any time.
  @Test func lessMemoryForClientsHasThoseGoThatHoldTheMost() async throws {
    try await TestServer.run { running in
      try await onThread {
        let large = try running.connect()
        // At least 1.56 MB by the sizes of what is queued. How much more is allocated depends on how arrays grow.
        try large.send("MULTI\n" + String(repeating: "PREDICT 1 10\n", count: 60_000))
        for _ in 0...60_000 { _ = try large.receiveLine() }
        let setter = try running.connect()
        #expect(
          try ClientCommandTests.say(setter, "CONFIG SET maxmemory-clients 1048576") == "\"OK\"")
        // No client sends anything that would take more memory.
        let isEvicted = try waitFor {
          try ClientCommandTests.say(setter, "INFO stats").contains("\"evicted_clients\":1")
        }
        #expect(isEvicted)
        withExtendedLifetime(large) {}
      }
    }
  }
}
